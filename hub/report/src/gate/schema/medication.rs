//! The medication extension of CDA R2 (IHE Pharmacy), which a vaccination section may use.

/// `urn:ihe:pharm:medication`.
pub(super) const MEDICATION: &str = "\
.Nullable @nullFlavor=NullFlavor
.Infrastructure + .Nullable
    hl7:realmCode=hl7:CS* hl7:typeId=hl7:all.InfrastructureRoot.typeId?
    hl7:templateId=hl7:all.InfrastructureRoot.templateId*
COCT_MT440001UV.ValuedItem @classCode=ActClassInvoiceElement! @moodCode=x_ActMoodDefEvn!
    hl7:realmCode=hl7:CS* hl7:typeId=hl7:all.InfrastructureRoot.typeId?
    hl7:templateId=hl7:all.InfrastructureRoot.templateId* id=II+ code=CD? effectiveTime=IVL_TS?
    unitQuantity=RTO_PQ_PQ? unitPriceAmt=RTO_MO_PQ netAmt=MO?
.Agency + .Infrastructure @classCode=EntityClassPublicInstitution!
    @determinerCode=EntityDeterminerSpecific!
    id=II? name=ON?
.Approval + .Infrastructure @classCode=ActClassContract! @moodCode=ActMoodEventOccurrence!
    id=II code=CD? statusCode=CS? holder=.Holder? author=.Author
.Author @typeCode=ParticipationAuthorOriginator!
    hl7:realmCode=hl7:CS* hl7:typeId=hl7:all.InfrastructureRoot.typeId?
    hl7:templateId=hl7:all.InfrastructureRoot.templateId* time=TS?
    territorialAuthority=.TerritorialAuthority
.Characteristic + .Infrastructure @classCode=ActClassObservation!
    @moodCode=ActMoodEventOccurrence!
    code=CE text=ED? value=ANY?
.Content + .Infrastructure @classCode=RoleClassContent!
    quantity=RTO_QTY_QTY? containerPackagedMedicine=.PackagedMedicine subjectOf1=.Subject14*
    subjectOf2=.Subject11*
.Country + .Infrastructure @classCode=EntityClassState!
    @determinerCode=EntityDeterminerSpecific!
    code=CD name=TN?
.DistributedProduct + .Infrastructure @classCode=RoleClassDistributedMaterial!
    distributingManufacturer=.Manufacturer
.Holder + .Infrastructure @typeCode=ParticipationHolder! role=.Role
.Ingredient + .Infrastructure @classCode=RoleClassIngredientEntity! @negationInd=bl
    quantity=hl7:RTO? ingredient=.Substance?
.ManufacturedProduct + .Infrastructure @classCode=RoleClassManufacturedProduct!
    manufacturer=.Manufacturer subjectOf1=.Subject25* subjectOf2=.Subject15*
    subjectOf3=.Subject16*
.Manufacturer + .Infrastructure @classCode=EntityClassOrganization!
    @determinerCode=EntityDeterminerSpecific!
    id=II? name=EN? telecom=TEL? addr=AD? asRelatedManufacturer=.RelatedManufacturer*
.Medicine @classCode=EntityClassManufacturedMaterial! @determinerCode=EntityDeterminer!
    hl7:realmCode=hl7:CS* hl7:typeId=hl7:all.InfrastructureRoot.typeId?
    hl7:templateId=hl7:all.InfrastructureRoot.templateId* id=II? code=CE? name=TN* desc=ED?
    riskCode=CE? handlingCode=CE? formCode=CE? lotNumberText=ST? expirationTime=IVL_TS?
    stabilityTime=IVL_TS? asDistributedProduct=.DistributedProduct*
    asMedicineManufacturer=.MedicineManufacturer* asContent=.Content?
    asSpecializedKind=.SpecializedKind* part=.Part* ingredient=.Ingredient*
.MedicineClass + .Infrastructure @classCode=EntityClassManufacturedMaterial!
    @determinerCode:KIND
    code=CE name=TN* desc=ED? formCode=CE?
.MedicineManufacturer + .Infrastructure @classCode=RoleClassManufacturedProduct!
    manufacturer=.Manufacturer
.ObservationGoal + .Infrastructure @classCode=ActClassObservation! @moodCode=ActMoodGoal!
    code=CD? text=ED? value=ANY?
.PackagedMedicine + .Infrastructure @classCode=EntityClassContainer!
    @determinerCode=EntityDeterminer!
    id=II? code=CE? name=TN* formCode=CE? lotNumberText=ST? capacityQuantity=PQ? capTypeCode=CE?
    asManufacturedProduct=.ManufacturedProduct* asSuperContent=.SuperContent?
    subContent=.SubContent?
.Part + .Infrastructure @classCode=RoleClassPart!
    quantity=RTO_QTY_QTY? partMedicine=.Medicine subjectOf=.Subject4*
.Policy + .Infrastructure @classCode=ActClassRoot! @moodCode=ActMoodDefinition!
    code=CD? text=ED?
.RelatedManufacturer + .Infrastructure @classCode=RoleClassAssignedEntity!
    id=II* representedManufacturer=.Manufacturer?
.Role + .Infrastructure @classCode=RoleClassRoot! playingManufacturer=.Manufacturer
.SpecializedKind + .Infrastructure @classCode=RoleClassIsSpeciesEntity!
    code=CE? generalizedMedicineClass=.MedicineClass?
.SubContent + .Infrastructure @classCode=RoleClassContent!
    quantity=RTO_QTY_QTY? containedPackagedMedicine=.PackagedMedicine?
.SubIngredient + .Infrastructure @classCode=RoleClassIngredientEntity! @negationInd=bl
    quantity=RTO_QTY_QTY? ingredient=.Substance?
.Subject1 + .Infrastructure @typeCode=ParticipationTargetSubject! approval=.Approval
.Subject11 + .Infrastructure @typeCode=ParticipationTargetSubject! approval=.Approval
.Subject14 + .Infrastructure @typeCode=ParticipationTargetSubject! policy=.Policy
.Subject15 + .Infrastructure @typeCode=ParticipationTargetSubject! policy=.Policy
.Subject16 + .Infrastructure @typeCode=ParticipationTargetSubject! approval=.Approval
.Subject2 + .Infrastructure @typeCode=ParticipationTargetSubject! policy=.Policy
.Subject22 + .Infrastructure @typeCode=ParticipationTargetSubject!
    characteristic=.Characteristic
.Subject25 + .Infrastructure @typeCode=ParticipationTargetSubject!
    characteristic=.Characteristic
.Subject3 + .Infrastructure @typeCode=ParticipationTargetSubject!
    observationGoal=.ObservationGoal
.Subject4 + .Infrastructure @typeCode=ParticipationTargetSubject! characteristic=.Characteristic
.Subject7 + .Infrastructure @typeCode:SBJ valuedItem=COCT_MT440001UV.ValuedItem
.Substance + .Infrastructure @classCode=EntityClassManufacturedMaterial!
    @determinerCode=EntityDeterminer!
    code=CE? name=TN* desc=ED? lotNumberText=ST? asSubstanceManufacturer=.SubstanceManufacturer*
    subIngredient=.SubIngredient*
.SubstanceManufacturer + .Infrastructure @classCode=RoleClassManufacturedProduct!
    manufacturer=.Manufacturer
.SuperContent + .Infrastructure @classCode=RoleClassContent!
    quantity=RTO_QTY_QTY? containerPackagedMedicine=.PackagedMedicine
.TerritorialAuthority @classCode=RoleClassTerritoryOfAuthority!
    hl7:realmCode=hl7:CS* hl7:typeId=hl7:all.InfrastructureRoot.typeId?
    hl7:templateId=hl7:all.InfrastructureRoot.templateId* territory=.Agency?
    governingCountry=.Country?
";
