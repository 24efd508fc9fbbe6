//! A document that has what examples lack: every optional part of a header, second-line results, vaccinations.
//!
//! It is made at run time from the full example, by putting fragments of our own into it. Fictitious.

/// Where a fragment goes, and the fragment.
const FRAGMENTS: [(&str, &str); 9] = [
    (
        "<birthplace>",
        r#"<guardian><id root="1.2.250.1.999.1.2" extension="G1"/><addr nullFlavor="UNK"/><telecom value="tel:0600000009" use="H"/><guardianPerson><name><prefix>M</prefix><family qualifier="BR">TUTEUR</family><given>Jean</given></name></guardianPerson></guardian>
        <guardian><addr><streetAddressLine>1 rue du Bac</streetAddressLine><streetAddressLine>75007 PARIS</streetAddressLine></addr><guardianOrganization><id root="1.2.250.1.71.4.2.2" extension="1750000001"/><name>Association</name></guardianOrganization></guardian>
        "#,
    ),
    (
        "<custodian>",
        r#"<author><functionCode code="ATTPHYS" displayName="Médecin" codeSystem="2.16.840.1.113883.5.88"/><time value="20261102161500+0100"/><assignedAuthor><id root="1.2.250.1.999.1.7" extension="SGL"/><assignedAuthoringDevice><manufacturerModelName>Modèle</manufacturerModelName><softwareName>Logiciel</softwareName></assignedAuthoringDevice><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1991234567"/><name>Laboratoire Exemple</name><standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/></representedOrganization></assignedAuthor></author>
  <dataEnterer><time value="20261102093000+0100"/><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="3991234567/S1"/><assignedPerson><name><family>SECRETAIRE</family></name></assignedPerson></assignedEntity></dataEnterer>
  <informant><relatedEntity classCode="ECON"><code code="SIS" displayName="Sœur" codeSystem="2.16.840.1.113883.5.111"><originalText>sœur</originalText></code><addr nullFlavor="UNK"/><telecom value="tel:0600000008" use="MC"/><relatedPerson><name><prefix>MME</prefix><given>Anne</given><family>PROCHE</family></name></relatedPerson></relatedEntity></informant>
  <informant><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899700000004"/><code code="G15_60" displayName="Infirmier" codeSystem="1.2.250.1.213.1.1.4.5"/><addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/><assignedPerson><name><prefix>M</prefix><given>Luc</given><family>INFIRMIER</family></name></assignedPerson><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1991234568"/><name>Cabinet</name><standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/></representedOrganization></assignedEntity></informant>
  "#,
    ),
    (
        "<legalAuthenticator>",
        r#"<informationRecipient><intendedRecipient><id root="1.2.250.1.71.4.2.1" extension="899700000002"/><addr nullFlavor="UNK"/><telecom value="mailto:a@exemple.mssante.fr" use="WP"/><informationRecipient><name><prefix>M</prefix><given>Paul</given><family>PRESCRIPTEUR</family><suffix>DR</suffix></name></informationRecipient><receivedOrganization><id root="1.2.250.1.71.4.2.2" extension="1991234569"/><name>Cabinet Prescripteur</name><telecom value="tel:0100000005" use="WP"/><addr><postalCode>75001</postalCode><city>PARIS</city></addr></receivedOrganization></intendedRecipient></informationRecipient>
  "#,
    ),
    (
        "<inFulfillmentOf>",
        r#"<participant typeCode="INF"><functionCode code="PCP" displayName="Médecin traitant" codeSystem="2.16.840.1.113883.5.88"/><time nullFlavor="NA"/><associatedEntity classCode="PROV"><id root="1.2.250.1.71.4.2.1" extension="899700000005"/><code code="G15_10/SM26" displayName="Médecin" codeSystem="1.2.250.1.213.1.1.4.5"/><addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/><associatedPerson><name><given>Eve</given><family>TRAITANT</family><suffix>DR</suffix></name></associatedPerson><scopingOrganization><id root="1.2.250.1.71.4.2.2" extension="1991234570"/><name>Cabinet Traitant</name><telecom value="tel:0100000006" use="WP"/><addr nullFlavor="UNK"/><standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/></scopingOrganization></associatedEntity></participant>
  "#,
    ),
    (
        "<componentOf>",
        r#"<authorization typeCode="AUTH"><consent classCode="CONS" moodCode="EVN"><id root="1.2.250.1.999.1.8" extension="C1"/><code code="C" displayName="Consentement" codeSystem="1.2.250.1.999.1.9"/><statusCode code="completed"/></consent></authorization>
  "#,
    ),
    (
        "<responsibleParty>",
        r#"<dischargeDispositionCode code="8" displayName="Domicile" codeSystem="1.2.250.1.213.2.14"/>
      "#,
    ),
    (
        "<location>\n        <healthCareFacility>",
        r#"<encounterParticipant typeCode="ATND"><time><low value="20261102081000+0100"/></time><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899700000003"/><code code="G15_60" displayName="Infirmier" codeSystem="1.2.250.1.213.1.1.4.5"/><addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/><assignedPerson><name><prefix>MME</prefix><given>Lise</given><family>PRELEVEUR</family></name></assignedPerson><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1991234571"/><name>Cabinet Infirmier</name><telecom value="tel:0100000007" use="WP"/><addr nullFlavor="UNK"/><standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/></representedOrganization></assignedEntity></encounterParticipant>
      "#,
    ),
    (
        "<structuredBody>",
        r##"<structuredBody>
      <component><section>
        <templateId root="1.2.250.1.213.1.1.2.60"/>
        <id root="6F9619FF-8B86-4D01-B42D-00CF4FC96791"/>
        <code code="101792-0" displayName="Résultats de seconde intention" codeSystem="2.16.840.1.113883.6.1"/>
        <title>Seconde intention</title>
        <text><content ID="w-second">Résultat du laboratoire spécialisé</content><renderMultiMedia referencedObject="w-img"/></text>
        <entry><organizer classCode="CLUSTER" moodCode="EVN">
          <templateId root="1.2.250.1.213.1.1.3.18"/><id root="6F9619FF-8B86-4D01-B42D-00CF4FC96792"/>
          <code code="55107-7" displayName="Document attaché" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
          <component><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13"/><templateId root="1.2.250.1.213.1.1.3.48"/><templateId root="1.2.250.1.213.1.1.3.48.18"/><id root="6F9619FF-8B86-4D01-B42D-00CF4FC96793"/><code code="69764-9" displayName="Type de document" codeSystem="2.16.840.1.113883.6.1"/><text><reference value="#w-second"/></text><statusCode code="completed"/><effectiveTime nullFlavor="NA"/><value xsi:type="CD" code="11502-2" displayName="CR d'examens biologiques" codeSystem="2.16.840.1.113883.6.1"/></observation></component>
          <component><observationMedia classCode="OBS" moodCode="EVN" ID="w-img"><value mediaType="image/png" representation="B64">iVBORw0KGgo=</value></observationMedia></component>
        </organizer></entry>
      </section></component>
      <component><section>
        <templateId root="2.16.840.1.113883.10.20.1.6"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.3.23"/><templateId root="1.2.250.1.213.1.1.2.147"/>
        <id root="6F9619FF-8B86-4D01-B42D-00CF4FC96794"/>
        <code code="11369-6" displayName="Vaccinations" codeSystem="2.16.840.1.113883.6.1"/>
        <title>Vaccinations</title>
        <text><content ID="w-vac">Vaccination HPV</content> <content ID="w-pro">Vaccin HPV</content></text>
        <entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">
          <templateId root="2.16.840.1.113883.10.20.1.24"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/><templateId root="1.2.250.1.213.1.1.3.45"/>
          <id root="6F9619FF-8B86-4D01-B42D-00CF4FC96795"/>
          <code code="IMMUNIZ" displayName="Vaccination" codeSystem="2.16.840.1.113883.5.4"/>
          <text><reference value="#w-vac"/></text><statusCode code="completed"/><effectiveTime value="20100101"/>
          <routeCode code="20035000" displayName="Intramusculaire" codeSystem="0.4.0.127.0.16.1.1.2.1"/>
          <approachSiteCode code="16217701000119102" displayName="Deltoïde" codeSystem="2.16.840.1.113883.6.96"/>
          <consumable typeCode="CSM"><manufacturedProduct classCode="MANU"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.2"/><templateId root="2.16.840.1.113883.10.20.1.53"/><manufacturedMaterial><code nullFlavor="NA"><originalText><reference value="#w-pro"/></originalText></code><name>Vaccin HPV</name></manufacturedMaterial></manufacturedProduct></consumable>
        </substanceAdministration></entry>
      </section></component>
      <component><section>
        <templateId root="1.3.6.1.4.1.19376.1.5.3.1.3.1"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.3.2"/><templateId root="1.2.250.1.213.1.1.2.128"/>
        <id root="6F9619FF-8B86-4D01-B42D-00CF4FC96796"/>
        <code code="42349-1" displayName="Raison de la recommandation" codeSystem="2.16.840.1.113883.6.1"/>
        <title>Raison</title>
        <text><content ID="w-why">Dépistage organisé</content></text>
        <entry><observation classCode="OBS" moodCode="EVN">
          <templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/><templateId root="2.16.840.1.113883.10.20.1.28"/>
          <id root="6F9619FF-8B86-4D01-B42D-00CF4FC96797"/>
          <code code="404684003" displayName="Constatation" codeSystem="2.16.840.1.113883.6.96"/>
          <text><reference value="#w-why"/></text><statusCode code="completed"/><effectiveTime><low value="20261001"/></effectiveTime>
          <value xsi:type="CD" code="268547008" displayName="Dépistage" codeSystem="2.16.840.1.113883.6.96"><originalText><reference value="#w-why"/></originalText></value>
        </observation></entry>
        <entry><observation classCode="OBS" moodCode="EVN">
          <templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13"/><templateId root="1.2.250.1.213.1.1.3.48"/>
          <id root="6F9619FF-8B86-4D01-B42D-00CF4FC96798"/>
          <code code="GEN-092" displayName="Motif" codeSystem="1.2.250.1.999.1.11"/>
          <text><reference value="#w-why"/></text><statusCode code="completed"/><effectiveTime value="20261001"/>
          <value xsi:type="CD" nullFlavor="UNK"/>
        </observation></entry>
      </section></component>
"##,
    ),
    (
        "<encompassingEncounter>",
        r#"<encompassingEncounter>
      <id root="1.2.250.1.999.1.10" extension="V1"/>"#,
    ),
];

/// The full example with all fragments.
pub(crate) fn made(full: &str) -> String {
    let mut text = full.to_owned();
    for (place, fragment) in FRAGMENTS {
        let at = text.find(place).unwrap_or_else(|| panic!("{place}"));
        let end = if fragment.starts_with(place) {
            at + place.len()
        } else {
            at
        };
        text.replace_range(at..end, fragment);
    }
    text
}
