//! Data types of CDA R2. Medication and imaging extensions have their own instance of each.

/// Types that take the namespace of who uses them.
pub(super) const DATATYPES: &str = "\
ANY abstract @nullFlavor=NullFlavor
BL + ANY @value=bl
ANYNonNull < ANY -@nullFlavor
BN + ANYNonNull @value=bn
BIN + ANY mixed abstract @representation=BinaryDataEncoding
ED + BIN @mediaType=cs @language=cs @compression=CompressionAlgorithm @integrityCheck=bin
    @integrityCheckAlgorithm=IntegrityCheckAlgorithm
    reference=TEL? thumbnail=thumbnail? ##other?
thumbnail < ED mixed reference=TEL?
ST < ED mixed -@compression -@integrityCheck -@integrityCheckAlgorithm @representation:TXT
    @mediaType:text/plain
CD + ANY @code=cs @codeSystem=uid @codeSystemName=st @codeSystemVersion=st @displayName=st
    @sdtc:valueSet=oid @sdtc:valueSetVersion=st
    originalText=ED? qualifier=CR* translation=CD*
CE < CD originalText=ED? translation=CD*
CV < CE originalText=ED?
CS < CV -@codeSystem -@codeSystemName -@codeSystemVersion -@displayName
CO + CV
CR + ANY @inverted=bn name=CV? value=CD?
SC + ST @code=cs @codeSystem=uid @codeSystemName=st @codeSystemVersion=st @displayName=st
II + ANY @root=uid @extension=st @assigningAuthorityName=st @displayable=bl
URL + ANY abstract @value=url
QTY + ANY abstract
TS + QTY @value=ts
TEL + URL @use=set_TelecommunicationAddressUse useablePeriod=SXCM_TS*
ADXP + ST @partType=AddressPartType
adxp.delimiter < ADXP mixed @partType:DEL
adxp.country < ADXP mixed @partType:CNT
adxp.state < ADXP mixed @partType:STA
adxp.county < ADXP mixed @partType:CPA
adxp.city < ADXP mixed @partType:CTY
adxp.postalCode < ADXP mixed @partType:ZIP
adxp.streetAddressLine < ADXP mixed @partType:SAL
adxp.houseNumber < ADXP mixed @partType:BNR
adxp.houseNumberNumeric < ADXP mixed @partType:BNN
adxp.direction < ADXP mixed @partType:DIR
adxp.streetName < ADXP mixed @partType:STR
adxp.streetNameBase < ADXP mixed @partType:STB
adxp.streetNameType < ADXP mixed @partType:STTYP
adxp.additionalLocator < ADXP mixed @partType:ADL
adxp.unitID < ADXP mixed @partType:UNID
adxp.unitType < ADXP mixed @partType:UNIT
adxp.careOf < ADXP mixed @partType:CAR
adxp.censusTract < ADXP mixed @partType:CEN
adxp.deliveryAddressLine < ADXP mixed @partType:DAL
adxp.deliveryInstallationType < ADXP mixed @partType:DINST
adxp.deliveryInstallationArea < ADXP mixed @partType:DINSTA
adxp.deliveryInstallationQualifier < ADXP mixed @partType:DINSTQ
adxp.deliveryMode < ADXP mixed @partType:DMOD
adxp.deliveryModeIdentifier < ADXP mixed @partType:DMODID
adxp.buildingNumberSuffix < ADXP mixed @partType:BNS
adxp.postBox < ADXP mixed @partType:POB
adxp.precinct < ADXP mixed @partType:PRE
AD + ANY mixed @use=set_PostalAddressUse @isNotOrdered=bl
    (delimiter=adxp.delimiter | country=adxp.country | state=adxp.state | county=adxp.county |
    city=adxp.city | postalCode=adxp.postalCode | streetAddressLine=adxp.streetAddressLine |
    houseNumber=adxp.houseNumber | houseNumberNumeric=adxp.houseNumberNumeric |
    direction=adxp.direction | streetName=adxp.streetName | streetNameBase=adxp.streetNameBase |
    streetNameType=adxp.streetNameType | additionalLocator=adxp.additionalLocator |
    unitID=adxp.unitID | unitType=adxp.unitType | careOf=adxp.careOf |
    censusTract=adxp.censusTract | deliveryAddressLine=adxp.deliveryAddressLine |
    deliveryInstallationType=adxp.deliveryInstallationType |
    deliveryInstallationArea=adxp.deliveryInstallationArea |
    deliveryInstallationQualifier=adxp.deliveryInstallationQualifier |
    deliveryMode=adxp.deliveryMode | deliveryModeIdentifier=adxp.deliveryModeIdentifier |
    buildingNumberSuffix=adxp.buildingNumberSuffix | postBox=adxp.postBox |
    precinct=adxp.precinct)* useablePeriod=SXCM_TS*
ENXP + ST @partType=EntityNamePartType @qualifier=set_EntityNamePartQualifier
en.delimiter < ENXP mixed @partType:DEL
en.family < ENXP mixed @partType:FAM
en.given < ENXP mixed @partType:GIV
en.prefix < ENXP mixed @partType:PFX
en.suffix < ENXP mixed @partType:SFX
EN + ANY mixed @use=set_EntityNameUse
    (delimiter=en.delimiter | family=en.family | given=en.given | prefix=en.prefix |
    suffix=en.suffix)* validTime=IVL_TS?
PN + EN
ON < EN mixed (delimiter=en.delimiter | prefix=en.prefix | suffix=en.suffix)* validTime=IVL_TS?
TN < EN mixed validTime=IVL_TS?
INT + QTY @value=int
REAL + QTY @value=real
PQR + CV @value=real
PQ + QTY @value=real @unit=cs translation=PQR*
MO + QTY @value=real @currency=cs
RTO_QTY_QTY + QTY numerator=QTY denominator=QTY
RTO + RTO_QTY_QTY
EIVL.event < CE @code=TimingEvent @codeSystem:2.16.840.1.113883.5.139
    @codeSystemName:TimingEvent
SXCM_TS + TS @operator=SetOperator
IVL_TS + SXCM_TS
    ((low=IVXB_TS (width=PQ? | high=IVXB_TS?)?) | high=IVXB_TS | (width=PQ high=IVXB_TS?) |
    (center=TS width=PQ?))?
IVXB_TS + TS @inclusive=bl
PIVL_TS + SXCM_TS @alignment=CalendarCycle @institutionSpecified=bl phase=IVL_TS? period=PQ?
EIVL_TS + SXCM_TS event=EIVL.event? offset=IVL_PQ?
SXCM_PQ + PQ @operator=SetOperator
IVL_PQ + SXCM_PQ
    ((low=IVXB_PQ (width=PQ? | high=IVXB_PQ?)?) | high=IVXB_PQ | (width=PQ high=IVXB_PQ?) |
    (center=PQ width=PQ?))?
IVXB_PQ + PQ @inclusive=bl
PPD_TS + TS @distributionType=ProbabilityDistributionType standardDeviation=PQ?
PPD_PQ + PQ @distributionType=ProbabilityDistributionType standardDeviation=PQ?
SXCM_PPD_TS + PPD_TS @operator=SetOperator
PIVL_PPD_TS + SXCM_PPD_TS @alignment=CalendarCycle @institutionSpecified=bl
    phase=IVL_PPD_TS? period=PPD_PQ?
IVL_PPD_TS + SXCM_PPD_TS
    ((low=IVXB_PPD_TS (width=PPD_PQ? | high=IVXB_PPD_TS?)?) | high=IVXB_PPD_TS | (width=PPD_PQ
    high=IVXB_PPD_TS?) | (center=PPD_TS width=PPD_PQ?))?
IVXB_PPD_TS + PPD_TS @inclusive=bl
EIVL_PPD_TS + SXCM_PPD_TS event=EIVL.event? offset=IVL_PPD_PQ?
SXCM_PPD_PQ + PPD_PQ @operator=SetOperator
IVL_PPD_PQ + SXCM_PPD_PQ
    ((low=IVXB_PPD_PQ (width=PPD_PQ? | high=IVXB_PPD_PQ?)?) | high=IVXB_PPD_PQ | (width=PPD_PQ
    high=IVXB_PPD_PQ?) | (center=PPD_PQ width=PPD_PQ?))?
IVXB_PPD_PQ + PPD_PQ @inclusive=bl
SXPR_TS + SXCM_TS comp=SXCM_TS{2}
SXCM_CD + CD @operator=SetOperator
SXCM_MO + MO @operator=SetOperator
SXCM_INT + INT @operator=SetOperator
SXCM_REAL + REAL @operator=SetOperator
IVL_INT + SXCM_INT
    ((low=IVXB_INT (width=INT? | high=IVXB_INT?)?) | high=IVXB_INT | (width=INT high=IVXB_INT?)
    | (center=INT width=INT?))?
IVXB_INT + INT @inclusive=bl
IVL_REAL + SXCM_REAL
    ((low=IVXB_REAL (width=REAL? | high=IVXB_REAL?)?) | high=IVXB_REAL | (width=REAL
    high=IVXB_REAL?) | (center=REAL width=REAL?))?
IVXB_REAL + REAL @inclusive=bl
IVL_MO + SXCM_MO
    ((low=IVXB_MO (width=MO? | high=IVXB_MO?)?) | high=IVXB_MO | (width=MO high=IVXB_MO?) |
    (center=MO width=MO?))?
IVXB_MO + MO @inclusive=bl
HXIT_PQ + PQ validTime=IVL_TS?
HXIT_CE + CE validTime=IVL_TS?
BXIT_CD + CD @qty=int
BXIT_IVL_PQ + IVL_PQ @qty=int
SLIST_PQ + ANY origin=PQ scale=PQ digits=list_int
SLIST_TS + ANY origin=TS scale=PQ digits=list_int
GLIST_TS + ANY @period=int @denominator=int head=TS increment=PQ
GLIST_PQ + ANY @period=int @denominator=int head=PQ increment=PQ
RTO_PQ_PQ + QTY numerator=PQ denominator=PQ
RTO_MO_PQ + QTY numerator=MO denominator=PQ
UVP_TS + TS @probability=probability
";
