<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:data="urn:asip-sante:ci-sis" xmlns:c="urn:hl7-org:v3" exclude-result-prefixes="data c">
<data:Contenu/>
<xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
<xsl:variable name="doc" select="/xsl:stylesheet/data:Contenu/c:ClinicalDocument"/>
<xsl:template match="/">
<html lang="fr">
<head>
<title><xsl:value-of select="$doc/c:title"/></title>
<style>
body { margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; font: 15px/1.45 system-ui, sans-serif; color: #111; background: #fff; }
header, section { margin-bottom: 1.5rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; border-bottom: 2px solid #444; } h3 { font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dt { font-weight: 600; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; } th, td { text-align: left; vertical-align: top; padding: .2rem .5rem; border-bottom: 1px solid #bbb; }
.p { margin: .4rem 0; } .b { font-weight: 700; } .i { font-style: italic; } .u { text-decoration: underline; } img { max-width: 100%; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
</style>
</head>
<body>
<header>
<h1><xsl:value-of select="$doc/c:title"/></h1>
<dl>
<xsl:apply-templates select="$doc/c:recordTarget[1]/c:patientRole"/>
<xsl:for-each select="$doc/c:documentationOf[1]/c:serviceEvent/c:performer/c:assignedEntity/c:representedOrganization">
<dt>Laboratoire</dt><dd><xsl:value-of select="c:name"/></dd>
</xsl:for-each>
<xsl:for-each select="$doc/c:legalAuthenticator">
<dt>Signataire</dt>
<dd><xsl:call-template name="person"><xsl:with-param name="name" select="c:assignedEntity/c:assignedPerson/c:name"/></xsl:call-template>, le <xsl:call-template name="moment"><xsl:with-param name="stamp" select="c:time/@value"/></xsl:call-template></dd>
</xsl:for-each>
<xsl:for-each select="$doc/c:participant[@typeCode='REF'][1]/c:associatedEntity">
<dt>Prescripteur</dt>
<dd><xsl:call-template name="person"><xsl:with-param name="name" select="c:associatedPerson/c:name"/></xsl:call-template></dd>
</xsl:for-each>
<dt>Document</dt>
<dd>version <xsl:value-of select="$doc/c:versionNumber/@value"/>, du <xsl:call-template name="moment"><xsl:with-param name="stamp" select="$doc/c:effectiveTime/@value"/></xsl:call-template><xsl:if test="$doc/c:relatedDocument[@typeCode='RPLC']"> (annule et remplace la version précédente)</xsl:if></dd>
</dl>
<xsl:variable name="status" select="$doc/c:documentationOf[1]/c:serviceEvent/*[local-name() = 'statusCode']/@code"/>
<xsl:if test="$status = 'active'"><p class="b">Résultats partiels : d'autres sont attendus.</p></xsl:if>
<xsl:variable name="acts" select="$doc//c:entry/c:act/c:statusCode"/>
<xsl:if test="$status = 'aborted' or ($acts and not($acts[@code != 'aborted']))"><p class="b">Compte rendu annulé : ses résultats ne doivent pas être utilisés.</p></xsl:if>
</header>
<xsl:apply-templates select="$doc/c:component/c:structuredBody/c:component/c:section"/>
</body>
</html>
</xsl:template>
<xsl:template match="c:patientRole">
<dt>Patient</dt>
<dd><b><xsl:value-of select="c:patient/c:name/c:family[@qualifier='BR']"/></b><xsl:text> </xsl:text><xsl:value-of select="c:patient/c:name/c:given[@qualifier='BR']"/>
<xsl:if test="c:patient/c:name/c:family[@qualifier='CL']"> (nom utilisé : <xsl:value-of select="c:patient/c:name/c:family[@qualifier='CL']"/>)</xsl:if></dd>
<dt>Né(e) le</dt>
<dd><xsl:call-template name="moment"><xsl:with-param name="stamp" select="c:patient/c:birthTime/@value"/></xsl:call-template>, sexe <xsl:value-of select="c:patient/c:administrativeGenderCode/@code"/></dd>
<xsl:for-each select="c:id[starts-with(@root, '1.2.250.1.213.1.4.')]"><dt>INS</dt><dd><xsl:value-of select="@extension"/></dd></xsl:for-each>
</xsl:template>
<xsl:template name="person">
<xsl:param name="name"/>
<xsl:choose><xsl:when test="$name/c:suffix = 'DR'">Dr </xsl:when><xsl:when test="$name/c:suffix = 'PR'">Pr </xsl:when></xsl:choose>
<xsl:value-of select="concat($name/c:given[1], ' ', $name/c:family[1])"/>
</xsl:template>
<xsl:template name="moment">
<xsl:param name="stamp"/>
<xsl:value-of select="concat(substring($stamp, 7, 2), '/', substring($stamp, 5, 2), '/', substring($stamp, 1, 4))"/>
<xsl:if test="string-length($stamp) &gt; 11"><xsl:value-of select="concat(' à ', substring($stamp, 9, 2), 'h', substring($stamp, 11, 2))"/></xsl:if>
</xsl:template>
<xsl:template match="c:section">
<section>
<xsl:choose>
<xsl:when test="parent::c:component/parent::c:section"><h3><xsl:value-of select="c:title"/></h3></xsl:when>
<xsl:otherwise><h2><xsl:value-of select="c:title"/></h2></xsl:otherwise>
</xsl:choose>
<xsl:apply-templates select="c:text/node()"/>
<xsl:apply-templates select="c:component/c:section"/>
</section>
</xsl:template>
<xsl:template match="c:table | c:thead | c:tbody | c:tfoot | c:tr | c:th | c:td | c:br | c:sub | c:sup">
<xsl:element name="{local-name()}"><xsl:copy-of select="@colspan | @rowspan"/><xsl:apply-templates select="node()"/></xsl:element>
</xsl:template>
<xsl:template match="c:paragraph"><div class="p"><xsl:apply-templates/></div></xsl:template>
<xsl:template match="c:list[@listType='ordered']"><ol><xsl:apply-templates select="c:item"/></ol></xsl:template>
<xsl:template match="c:list"><ul><xsl:apply-templates select="c:item"/></ul></xsl:template>
<xsl:template match="c:item"><li><xsl:apply-templates/></li></xsl:template>
<xsl:template match="c:content[@styleCode='Bold']"><span class="b"><xsl:apply-templates/></span></xsl:template>
<xsl:template match="c:content[@styleCode='Italics']"><span class="i"><xsl:apply-templates/></span></xsl:template>
<xsl:template match="c:content[@styleCode='Underline']"><span class="u"><xsl:apply-templates/></span></xsl:template>
<xsl:template match="c:renderMultiMedia">
<xsl:variable name="media" select="$doc//c:observationMedia[@ID = current()/@referencedObject]/c:value"/>
<xsl:variable name="kind" select="$media/@mediaType"/>
<xsl:choose>
<xsl:when test="$kind = 'image/png' or $kind = 'image/jpeg' or $kind = 'image/gif'"><img alt="{c:caption}" src="data:{$kind};base64,{normalize-space($media)}"/></xsl:when>
<xsl:when test="$kind = 'application/pdf'"><a download="document.pdf" href="data:application/pdf;base64,{normalize-space($media)}">Enregistrer le PDF</a></xsl:when>
</xsl:choose>
<xsl:apply-templates select="c:caption"/>
</xsl:template>
</xsl:stylesheet>
