//! The header and the clinical statements of CDA R2, with the places of its extensions.

/// Types of the document.
pub(super) const CLINICAL: &str = "\
.Infrastructure @nullFlavor=NullFlavor
    realmCode=CS* typeId=.InfrastructureRoot.typeId? templateId=II*
.InfrastructureRoot.typeId < II @root:2.16.840.1.113883.1.3! @extension=st!
.Act + .Infrastructure @classCode=x_ActClassDocumentEntryAct! @moodCode=x_DocumentActMood!
    @negationInd=bl
    id=II* code=CD text=ED? statusCode=CS? effectiveTime=IVL_TS? priorityCode=CE?
    languageCode=CS? subject=.Subject? specimen=.Specimen* performer=.Performer2*
    author=.Author* informant=.Informant12* participant=.Participant2*
    entryRelationship=.EntryRelationship* reference=.Reference* precondition=.Precondition*
    sdtc:inFulfillmentOf1=sdtc:InFulfillmentOf1*
.AssignedAuthor + .Infrastructure @classCode:ASSIGNED
    id=II+ code=CE? addr=AD* telecom=TEL* (assignedPerson=.Person? |
    assignedAuthoringDevice=.AuthoringDevice?) representedOrganization=.Organization?
.AssignedCustodian + .Infrastructure @classCode:ASSIGNED
    representedCustodianOrganization=.CustodianOrganization
.AssignedEntity + .Infrastructure @classCode:ASSIGNED
    id=II+ code=CE? addr=AD* telecom=TEL* assignedPerson=.Person?
    representedOrganization=.Organization? sdtc:patient=sdtc:SdtcPatient?
.AssociatedEntity + .Infrastructure @classCode=RoleClassAssociative!
    id=II* code=CE? addr=AD* telecom=TEL* associatedPerson=.Person?
    scopingOrganization=.Organization?
.Authenticator + .Infrastructure @typeCode:AUTHEN
    time=TS signatureCode=CS assignedEntity=.AssignedEntity sdtc:signatureText=ED?
.Author + .Infrastructure @typeCode:AUT @contextControlCode:OP
    functionCode=CE? time=TS assignedAuthor=.AssignedAuthor
.AuthoringDevice + .Infrastructure @classCode:DEV @determinerCode:INSTANCE
    code=CE? manufacturerModelName=SC? softwareName=SC? asMaintainedEntity=.MaintainedEntity*
.Authorization + .Infrastructure @typeCode:AUTH consent=.Consent
.Birthplace + .Infrastructure @classCode:BIRTHPL place=.Place
.ClinicalDocument @nullFlavor=NullFlavor @classCode:DOCCLIN @moodCode:EVN
    realmCode=CS* typeId=.InfrastructureRoot.typeId templateId=II* id=II code=CE title=ST?
    effectiveTime=TS confidentialityCode=CE languageCode=CS? setId=II? versionNumber=INT?
    copyTime=TS? recordTarget=.RecordTarget+ author=.Author+ dataEnterer=.DataEnterer?
    informant=.Informant12* custodian=.Custodian informationRecipient=.InformationRecipient*
    legalAuthenticator=.LegalAuthenticator? authenticator=.Authenticator*
    participant=.Participant1* inFulfillmentOf=.InFulfillmentOf*
    documentationOf=.DocumentationOf* relatedDocument=.RelatedDocument*
    authorization=.Authorization* componentOf=.Component1? component=.Component2
    sdtc:statusCode=CS?
.Component1 + .Infrastructure @typeCode:COMP encompassingEncounter=.EncompassingEncounter
.Component2 + .Infrastructure @typeCode:COMP @contextConductionInd:true
    (nonXMLBody=.NonXMLBody | structuredBody=.StructuredBody)
.Component3 + .Infrastructure @typeCode:COMP @contextConductionInd:true section=.Section
.Component4 + .Infrastructure @typeCode:COMP @contextConductionInd:true
    sequenceNumber=INT? seperatableInd=BL? sdtc:priorityNumber=INT? (act=.Act |
    encounter=.Encounter | observation=.Observation | observationMedia=.ObservationMedia |
    organizer=.Organizer | procedure=.Procedure | regionOfInterest=.RegionOfInterest |
    substanceAdministration=.SubstanceAdministration | supply=.Supply)
.Component5 + .Infrastructure @typeCode:COMP @contextConductionInd:true section=.Section
.Consent + .Infrastructure @classCode:CONS @moodCode:EVN id=II* code=CE? statusCode=CS
.Consumable + .Infrastructure @typeCode:CSM manufacturedProduct=.ManufacturedProduct
.Criterion + .Infrastructure @classCode=ActClassObservation @moodCode:EVN.CRT
    code=CD? text=ED? value=ANY?
.Custodian + .Infrastructure @typeCode:CST assignedCustodian=.AssignedCustodian
.CustodianOrganization + .Infrastructure @classCode:ORG @determinerCode:INSTANCE
    id=II+ name=ON? telecom=TEL? addr=AD?
.DataEnterer + .Infrastructure @typeCode:ENT @contextControlCode:OP
    time=TS? assignedEntity=.AssignedEntity
.Device + .Infrastructure @classCode=EntityClassDevice @determinerCode:INSTANCE
    code=CE? manufacturerModelName=SC? softwareName=SC?
.DocumentationOf + .Infrastructure @typeCode:DOC serviceEvent=.ServiceEvent
.EncompassingEncounter + .Infrastructure @classCode:ENC @moodCode:EVN
    id=II* code=CE? effectiveTime=IVL_TS dischargeDispositionCode=CE?
    responsibleParty=.ResponsibleParty? encounterParticipant=.EncounterParticipant*
    location=.Location?
.Encounter + .Infrastructure @classCode=ActClass! @moodCode=x_DocumentEncounterMood!
    id=II* code=CD? text=ED? statusCode=CS? effectiveTime=IVL_TS?
    sdtc:dischargeDispositionCode=CE? priorityCode=CE? subject=.Subject? specimen=.Specimen*
    performer=.Performer2* author=.Author* informant=.Informant12* participant=.Participant2*
    entryRelationship=.EntryRelationship* reference=.Reference* precondition=.Precondition*
    sdtc:inFulfillmentOf1=sdtc:InFulfillmentOf1*
.EncounterParticipant + .Infrastructure @typeCode=x_EncounterParticipant!
    time=IVL_TS? assignedEntity=.AssignedEntity
.Entity + .Infrastructure @classCode=EntityClassRoot @determinerCode:INSTANCE
    id=II* code=CE? desc=ED?
.Entry + .Infrastructure @typeCode=x_ActRelationshipEntry @contextConductionInd:true
    (act=.Act | encounter=.Encounter | observation=.Observation |
    observationMedia=.ObservationMedia | organizer=.Organizer | procedure=.Procedure |
    regionOfInterest=.RegionOfInterest | substanceAdministration=.SubstanceAdministration |
    supply=.Supply)
.EntryRelationship + .Infrastructure @typeCode=x_ActRelationshipEntryRelationship!
    @inversionInd=bl @contextConductionInd=bl @negationInd=bl
    sequenceNumber=INT? seperatableInd=BL? (act=.Act | encounter=.Encounter |
    observation=.Observation | observationMedia=.ObservationMedia | organizer=.Organizer |
    procedure=.Procedure | regionOfInterest=.RegionOfInterest |
    substanceAdministration=.SubstanceAdministration | supply=.Supply)
.ExternalAct + .Infrastructure @classCode=ActClassRoot @moodCode:EVN id=II* code=CD? text=ED?
.ExternalDocument + .Infrastructure @classCode=ActClassDocument @moodCode:EVN
    id=II* code=CD? text=ED? setId=II? versionNumber=INT?
.ExternalObservation + .Infrastructure @classCode=ActClassObservation @moodCode:EVN
    id=II* code=CD? text=ED?
.ExternalProcedure + .Infrastructure @classCode:PROC @moodCode:EVN id=II* code=CD? text=ED?
.Guardian + .Infrastructure @classCode:GUARD
    id=II* code=CE? addr=AD* telecom=TEL* (guardianPerson=.Person |
    guardianOrganization=.Organization)
.HealthCareFacility + .Infrastructure @classCode=RoleClassServiceDeliveryLocation
    id=II* code=CE? location=.Place? serviceProviderOrganization=.Organization?
.Informant12 + .Infrastructure @typeCode:INF @contextControlCode:OP
    (assignedEntity=.AssignedEntity | relatedEntity=.RelatedEntity)
.InformationRecipient + .Infrastructure @typeCode=x_InformationRecipient
    intendedRecipient=.IntendedRecipient
.InFulfillmentOf + .Infrastructure @typeCode:FLFS order=.Order
.IntendedRecipient + .Infrastructure @classCode=x_InformationRecipientRole
    id=II* addr=AD* telecom=TEL* informationRecipient=.Person?
    receivedOrganization=.Organization?
.LabeledDrug + .Infrastructure @classCode:MMAT @determinerCode:KIND code=CE? name=EN?
.LanguageCommunication + .Infrastructure
    languageCode=CS? modeCode=CE? proficiencyLevelCode=CE? preferenceInd=BL?
.LegalAuthenticator + .Infrastructure @typeCode:LA @contextControlCode:OP
    time=TS signatureCode=CS sdtc:signatureText=ED? assignedEntity=.AssignedEntity
.Location + .Infrastructure @typeCode:LOC healthCareFacility=.HealthCareFacility
.MaintainedEntity + .Infrastructure @classCode:MNT
    effectiveTime=IVL_TS? maintainingPerson=.Person
.ManufacturedProduct + .Infrastructure @classCode:MANU
    id=II* (manufacturedLabeledDrug=.LabeledDrug | manufacturedMaterial=.Material)
    manufacturerOrganization=.Organization? pharm:subjectOf1=pharm:COCT_MT230100UV.Subject2*
    pharm:subjectOf2=pharm:COCT_MT230100UV.Subject1*
    pharm:subjectOf3=pharm:COCT_MT230100UV.Subject22*
    pharm:subjectOf4=pharm:COCT_MT230100UV.Subject3*
    pharm:subjectOf5=pharm:COCT_MT230100UV.Subject7?
.Material + .Infrastructure @classCode:MMAT @determinerCode:KIND
    code=CE? name=EN? pharm:desc=pharm:ED? pharm:riskCode=pharm:CE? pharm:handlingCode=pharm:CE?
    pharm:formCode=pharm:CE? lotNumberText=ST? pharm:expirationTime=pharm:IVL_TS?
    pharm:stabilityTime=pharm:IVL_TS?
    pharm:asDistributedProduct=pharm:COCT_MT230100UV.DistributedProduct*
    pharm:asMedicineManufacturer=pharm:COCT_MT230100UV.MedicineManufacturer*
    pharm:asContent=pharm:COCT_MT230100UV.Content?
    pharm:asSpecializedKind=pharm:COCT_MT230100UV.SpecializedKind*
    pharm:part=pharm:COCT_MT230100UV.Part* pharm:ingredient=pharm:COCT_MT230100UV.Ingredient*
.NonXMLBody + .Infrastructure @classCode:DOCBODY @moodCode:EVN
    text=ED confidentialityCode=CE? languageCode=CS?
.Observation + .Infrastructure @classCode=ActClassObservation!
    @moodCode=x_ActMoodDocumentObservation! @negationInd=bl
    id=II* code=CD derivationExpr=ST? text=ED? statusCode=CS? effectiveTime=IVL_TS?
    priorityCode=CE? repeatNumber=IVL_INT? languageCode=CS? value=ANY* interpretationCode=CE*
    methodCode=CE* targetSiteCode=CD* subject=.Subject? specimen=.Specimen*
    performer=.Performer2* author=.Author* informant=.Informant12* participant=.Participant2*
    entryRelationship=.EntryRelationship* reference=.Reference* precondition=.Precondition*
    referenceRange=.ReferenceRange* sdtc:inFulfillmentOf1=sdtc:InFulfillmentOf1*
.ObservationMedia + .Infrastructure @ID=ID @classCode=ActClassObservation! @moodCode=ActMood!
    id=II* languageCode=CS? value=ED subject=.Subject? specimen=.Specimen*
    performer=.Performer2* author=.Author* informant=.Informant12* participant=.Participant2*
    entryRelationship=.EntryRelationship* reference=.Reference* precondition=.Precondition*
.ObservationRange + .Infrastructure @classCode=ActClassObservation @moodCode:EVN.CRT
    code=CD? text=ED? value=ANY? interpretationCode=CE? sdtc:precondition1=sdtc:Precondition1*
    lab:precondition=lab:#precondition*
.Order + .Infrastructure @classCode=ActClassRoot @moodCode:RQO
    id=II+ code=CE? priorityCode=CE? dicom:accessionNumber=dicom:II*
.Organization + .Infrastructure @classCode:ORG @determinerCode:INSTANCE
    id=II* name=ON* telecom=TEL* addr=AD* standardIndustryClassCode=CE?
    asOrganizationPartOf=.OrganizationPartOf?
.OrganizationPartOf + .Infrastructure @classCode:PART
    id=II* code=CE? statusCode=CS? effectiveTime=IVL_TS? wholeOrganization=.Organization?
.Organizer + .Infrastructure @classCode=x_ActClassDocumentEntryOrganizer! @moodCode=ActMood!
    id=II* code=CD? sdtc:text=ED? statusCode=CS effectiveTime=IVL_TS? subject=.Subject?
    specimen=.Specimen* performer=.Performer2* author=.Author* informant=.Informant12*
    participant=.Participant2* reference=.Reference* precondition=.Precondition*
    component=.Component4*
.ParentDocument + .Infrastructure @classCode:DOCCLIN @moodCode:EVN
    id=II+ code=CD? text=ED? setId=II? versionNumber=INT?
.Participant1 + .Infrastructure @typeCode=ParticipationType! @contextControlCode:OP
    functionCode=CE? time=IVL_TS? associatedEntity=.AssociatedEntity
.Participant2 + .Infrastructure @typeCode=ParticipationType! @contextControlCode:OP
    time=IVL_TS? awarenessCode=CE? participantRole=.ParticipantRole
.ParticipantRole + .Infrastructure @classCode=RoleClassRoot
    functionCode=any? id=II* code=CE? addr=AD* telecom=TEL* (playingDevice=.Device? |
    playingEntity=.PlayingEntity?) scopingEntity=.Entity?
.Patient + .Infrastructure @classCode:PSN @determinerCode:INSTANCE
    id=II? name=PN* sdtc:desc=ED? administrativeGenderCode=CE? birthTime=TS?
    sdtc:deceasedInd=BL? sdtc:deceasedTime=TS? sdtc:multipleBirthInd=BL?
    sdtc:multipleBirthOrderNumber=sdtc:INT_POS? maritalStatusCode=CE?
    religiousAffiliationCode=CE? raceCode=CE? sdtc:raceCode=CE* ethnicGroupCode=CE?
    sdtc:ethnicGroupCode=CE* guardian=.Guardian* birthplace=.Birthplace?
    languageCommunication=.LanguageCommunication*
.PatientRole + .Infrastructure @classCode:PAT
    id=II+ addr=AD* telecom=TEL* patient=.Patient? providerOrganization=.Organization?
.Performer1 + .Infrastructure @typeCode=x_ServiceEventPerformer!
    functionCode=CE? time=IVL_TS? assignedEntity=.AssignedEntity
.Performer2 + .Infrastructure @typeCode:PRF
    sdtc:functionCode=CE? time=IVL_TS? modeCode=CE? assignedEntity=.AssignedEntity
.Person + .Infrastructure @classCode:PSN @determinerCode:INSTANCE
    name=PN* sdtc:desc=ED? sdtc:asPatientRelationship=sdtc:AsPatientRelationship?
.Place + .Infrastructure @classCode:PLC @determinerCode:INSTANCE name=EN? addr=AD?
.PlayingEntity + .Infrastructure @classCode=EntityClassRoot @determinerCode:INSTANCE
    code=CE? quantity=PQ* name=PN* sdtc:birthTime=TS? desc=ED?
.Precondition + .Infrastructure @typeCode:PRCN criterion=.Criterion
.Procedure + .Infrastructure @classCode=ActClass! @moodCode=x_DocumentProcedureMood!
    @negationInd=bl
    id=II* code=CD? text=ED? statusCode=CS? effectiveTime=IVL_TS? priorityCode=CE?
    languageCode=CS? methodCode=CE* approachSiteCode=CD* targetSiteCode=CD* subject=.Subject?
    specimen=.Specimen* performer=.Performer2* author=.Author* informant=.Informant12*
    participant=.Participant2* entryRelationship=.EntryRelationship* reference=.Reference*
    precondition=.Precondition* sdtc:inFulfillmentOf1=sdtc:InFulfillmentOf1*
.Product + .Infrastructure @typeCode:PRD manufacturedProduct=.ManufacturedProduct
.RecordTarget + .Infrastructure @typeCode:RCT @contextControlCode:OP patientRole=.PatientRole
.Reference + .Infrastructure @typeCode=x_ActRelationshipExternalReference!
    seperatableInd=BL? (externalAct=.ExternalAct | externalObservation=.ExternalObservation |
    externalProcedure=.ExternalProcedure | externalDocument=.ExternalDocument)
.ReferenceRange + .Infrastructure @typeCode:REFV observationRange=.ObservationRange
.RegionOfInterest.value + INT @unsorted=boolean
.RegionOfInterest + .Infrastructure @ID=ID @classCode:ROIOVL! @moodCode:EVN!
    id=II+ code=CS value=.RegionOfInterest.value+ subject=.Subject? specimen=.Specimen*
    performer=.Performer2* author=.Author* informant=.Informant12* participant=.Participant2*
    entryRelationship=.EntryRelationship* reference=.Reference* precondition=.Precondition*
.RelatedDocument + .Infrastructure @typeCode=x_ActRelationshipDocument!
    parentDocument=.ParentDocument
.RelatedEntity + .Infrastructure @classCode=RoleClassMutualRelationship!
    code=CE? addr=AD* telecom=TEL* effectiveTime=IVL_TS? relatedPerson=.Person?
.RelatedSubject + .Infrastructure @classCode=x_DocumentSubject
    sdtc:id=II* code=CE? addr=AD* telecom=TEL* subject=.SubjectPerson?
.ResponsibleParty + .Infrastructure @typeCode:RESP assignedEntity=.AssignedEntity
.Section + .Infrastructure @ID=ID @classCode:DOCSECT @moodCode:EVN
    id=II? code=CE? title=ST? text=StrucDoc.Text? confidentialityCode=CE? languageCode=CS?
    subject=.Subject? author=.Author* informant=.Informant12* entry=.Entry*
    component=.Component5*
.ServiceEvent + .Infrastructure @classCode=ActClassRoot @moodCode:EVN
    id=II* code=CE? lab:statusCode=lab:#statusCode? effectiveTime=IVL_TS? performer=.Performer1*
.Specimen + .Infrastructure @typeCode:SPC specimenRole=.SpecimenRole
.SpecimenRole + .Infrastructure @classCode:SPEC id=II* specimenPlayingEntity=.PlayingEntity?
.StructuredBody + .Infrastructure @classCode:DOCBODY @moodCode:EVN
    confidentialityCode=CE? languageCode=CS? component=.Component3+
.Subject + .Infrastructure @typeCode:SBJ @contextControlCode:OP
    awarenessCode=CE? relatedSubject=.RelatedSubject
.SubjectPerson + .Infrastructure @classCode:PSN @determinerCode:INSTANCE
    sdtc:id=II* name=PN* sdtc:desc=ED? administrativeGenderCode=CE? birthTime=TS?
    sdtc:deceasedInd=BL? sdtc:deceasedTime=TS? sdtc:multipleBirthInd=BL?
    sdtc:multipleBirthOrderNumber=sdtc:INT_POS? sdtc:raceCode=CE* sdtc:ethnicGroupCode=CE*
.SubstanceAdministration + .Infrastructure @classCode:SBADM! @moodCode=x_DocumentSubstanceMood!
    @negationInd=bl
    id=II* code=CD? text=ED? statusCode=CS? effectiveTime=SXCM_TS* priorityCode=CE?
    repeatNumber=IVL_INT? routeCode=CE? approachSiteCode=CD* doseQuantity=IVL_PQ?
    rateQuantity=IVL_PQ? maxDoseQuantity=RTO_PQ_PQ? administrationUnitCode=CE? subject=.Subject?
    specimen=.Specimen* consumable=.Consumable performer=.Performer2* author=.Author*
    informant=.Informant12* participant=.Participant2* entryRelationship=.EntryRelationship*
    reference=.Reference* precondition=.Precondition*
    sdtc:inFulfillmentOf1=sdtc:InFulfillmentOf1*
.Supply + .Infrastructure @classCode:SPLY! @moodCode=x_DocumentSubstanceMood!
    id=II* code=CD? text=ED? statusCode=CS? effectiveTime=SXCM_TS* priorityCode=CE*
    repeatNumber=IVL_INT? independentInd=BL? quantity=PQ? expectedUseTime=IVL_TS?
    subject=.Subject? specimen=.Specimen* product=.Product? performer=.Performer2*
    author=.Author* informant=.Informant12* participant=.Participant2*
    entryRelationship=.EntryRelationship* reference=.Reference* precondition=.Precondition*
    sdtc:inFulfillmentOf1=sdtc:InFulfillmentOf1*
";

/// Types that the document shares with its extensions.
pub(super) const SHARED: &str = "\
all.InfrastructureRoot.typeId < II @root:2.16.840.1.113883.1.3! @extension=st!
all.InfrastructureRoot.templateId + II @unsorted=boolean
";
