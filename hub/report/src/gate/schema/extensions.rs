//! Small extensions of CDA R2: laboratory (IHE PaLM), structured documents (SDTC), imaging (DICOM PS3.20).

/// `urn:oid:1.3.6.1.4.1.19376.1.3.2`.
pub(super) const LAB: &str = "\
Criterion @classCode=lab.classCode @moodCode=lab.moodCode code=Code? value=Value?
Code @code
Value @value=lab.value
#precondition @typeCode=lab.typeCode criterion=Criterion
#statusCode @code=lab.code
";

/// `urn:hl7-org:sdtc`.
pub(super) const SDTC: &str = "\
INT_POS + hl7:QTY @value=int_pos
ActReference @classCode=ActClass! @moodCode=x_DocumentActMood! @determinerCode:INSTANCE
    realmCode=hl7:CS* typeId=hl7:POCD_MT000040.InfrastructureRoot.typeId? templateId=hl7:II*
    id=hl7:II+
InFulfillmentOf1 @typeCode:FLFS! @inversionInd=bl @negationInd=bl
    realmCode=hl7:CS* typeId=hl7:POCD_MT000040.InfrastructureRoot.typeId? templateId=hl7:II*
    actReference=ActReference
SdtcPatient id=hl7:II
AsPatientRelationship @classCode:PRS! @determinerCode:INSTANCE
    realmCode=hl7:CS* typeId=hl7:POCD_MT000040.InfrastructureRoot.typeId? templateId=hl7:II*
    code=hl7:CE
Precondition1 @nullFlavor=NullFlavor @typeCode:PRCN
    realmCode=hl7:CS* typeId=hl7:POCD_MT000040.InfrastructureRoot.typeId? templateId=hl7:II*
    conjunctionCode=hl7:CS criterion1=hl7:POCD_MT000040.Criterion
";

/// `urn:dicom-org:ps3-20`.
pub(super) const DICOM: &str = "\
II @nullFlavor=NullFlavor @root=uid @extension=st @assigningAuthorityName=st @displayable=bl
";
