//! The narrative block of CDA R2: what people read.

/// Types of the narrative block.
pub(super) const NARRATIVE: &str = "\
.Named @ID=ID @language=NMTOKEN @styleCode=NMTOKENS
.Aligned + .Named @align=align @char @charoff @valign=valign
.Text + .Named mixed @mediaType:text/x-hl7-text+xml
    (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br | footnote=.Footnote |
    footnoteRef=.FootnoteRef | renderMultiMedia=.RenderMultiMedia | paragraph=.Paragraph |
    list=.List | table=.Table)*
.Br
.Caption + .Named mixed
    (linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | footnote=.Footnote | footnoteRef=.FootnoteRef)*
.Col + .Aligned @span @width
.Colgroup + .Aligned @span @width (col=.Col)*
.Content + .Named mixed @revised=revised
    (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br | footnote=.Footnote |
    footnoteRef=.FootnoteRef | renderMultiMedia=.RenderMultiMedia)*
.Footnote + .Named mixed
    (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br |
    renderMultiMedia=.RenderMultiMedia | paragraph=.Paragraph | list=.List | table=.Table)*
.FootnoteRef + .Named @IDREF=IDREF!
.Item + .Named mixed
    caption=.Caption? (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br |
    footnote=.Footnote | footnoteRef=.FootnoteRef | renderMultiMedia=.RenderMultiMedia |
    paragraph=.Paragraph | list=.List | table=.Table)*
.LinkHtml + .Named mixed @name @href @rel @rev @title
    (footnote=.Footnote | footnoteRef=.FootnoteRef)*
.List + .Named @listType=listType caption=.Caption? item=.Item+
.Paragraph + .Named mixed
    caption=.Caption? (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br |
    footnote=.Footnote | footnoteRef=.FootnoteRef | renderMultiMedia=.RenderMultiMedia)*
.RenderMultiMedia + .Named @referencedObject=IDREFS! caption=.Caption?
.Sub mixed
.Sup mixed
.Table + .Named @summary @width @border @frame=frame @rules=rules @cellspacing @cellpadding
    caption=.Caption? (col=.Col* | colgroup=.Colgroup*) thead=.Thead? tfoot=.Tfoot?
    tbody=.Tbody+
.Tbody + .Aligned (tr=.Tr)+
.Td + .Aligned mixed @abbr @axis @headers=IDREFS @scope=scope @rowspan @colspan
    (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br | footnote=.Footnote |
    footnoteRef=.FootnoteRef | renderMultiMedia=.RenderMultiMedia | paragraph=.Paragraph |
    list=.List)*
.Tfoot + .Aligned (tr=.Tr)+
.Th + .Aligned mixed @abbr @axis @headers=IDREFS @scope=scope @rowspan @colspan
    (content=.Content | linkHtml=.LinkHtml | sub=.Sub | sup=.Sup | br=.Br | footnote=.Footnote |
    footnoteRef=.FootnoteRef | renderMultiMedia=.RenderMultiMedia)*
.Thead + .Aligned (tr=.Tr)+
.Tr + .Aligned (th=.Th | td=.Td)+
";
