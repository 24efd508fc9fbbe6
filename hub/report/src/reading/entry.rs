//! The `entry` of a section as a part: specimens, panels, single results, isolates, images, remarks.

use lisiere_model::report::{
    Binary, Identifier, Image, Isolate, Item, Panel, Part, Period, Picture, PictureFormat, Progress,
};

use super::narrative::base64;
use super::reader::Reader;
use super::words;
use crate::gate::context::{Node, at, attr, child, children, elements, text_of};

/// The taxonomy of the NCBI.
const NCBI: &str = "2.16.840.1.113883.3.9471";
/// Nesting of organizers that makes sense.
const ORGANIZERS_MAX: usize = 4;

impl<'d> Reader<'_, 'd> {
    /// What the entries of a section hold. `usual` is how far the whole report is.
    pub(super) fn part(&self, section: Node<'d>, usual: Progress) -> Part {
        let mut part = Part::default();
        for act in children(section, "entry").flat_map(elements) {
            match act.tag_name().name() {
                "act" => self.act(act, usual, &mut part),
                // IHE allows no other; what is there is read all the same.
                "organizer" => self.organizer(act, usual, 0, &mut part.items),
                "observation" => part
                    .items
                    .extend(self.result(act).map(|one| Item::Result(Box::new(one)))),
                "observationMedia" => part
                    .items
                    .extend(self.image(act).map(|one| Item::Image(Box::new(one)))),
                _ => {}
            }
        }
        part
    }

    fn act(&self, act: Node<'d>, usual: Progress, part: &mut Part) {
        // The code of the act repeats that of its section.
        if let Some(code) = child(act, "code") {
            self.repeats(code, act);
        }
        part.status = self.progress(act).filter(|status| *status != usual);
        part.period = child(act, "effectiveTime").and_then(|time| {
            Some(Period {
                from: self.moment_of(time, "low")?,
                to: self.moment_of(time, "high")?,
            })
        });
        part.subject = self.non_human(act);
        part.validated = self.validated(act);
        part.involved = self.involved(act);
        part.subcontractor = self.subcontractor(act);
        for relation in children(act, "entryRelationship") {
            for node in elements(relation) {
                match node.tag_name().name() {
                    "procedure" => {
                        let accession = self.collection(node);
                        part.specimens
                            .extend(accession.filter(|one| !part.specimens.contains(one)));
                    }
                    "organizer" => self.organizer(node, usual, 0, &mut part.items),
                    "observation" => part
                        .items
                        .extend(self.result(node).map(|one| Item::Result(Box::new(one)))),
                    "observationMedia" => part
                        .items
                        .extend(self.image(node).map(|one| Item::Image(Box::new(one)))),
                    "act" => part.comments.extend(self.comment(node)),
                    _ => {}
                }
            }
        }
    }

    /// A code that only repeats the one of the section around it.
    fn repeats(&self, code: Node<'d>, inside: Node<'d>) {
        let section = inside
            .ancestors()
            .find(|one| one.tag_name().name() == "section");
        let above = section.and_then(|section| child(section, "code"));
        let same = above.is_none_or(|above| attr(above, "code") == attr(code, "code"));
        if same || attr(code, "code").is_none() {
            self.take(code);
        } else {
            self.unread(code);
        }
    }

    fn organizer(&self, node: Node<'d>, usual: Progress, depth: usize, items: &mut Vec<Item>) {
        if depth > ORGANIZERS_MAX {
            self.unread(node);
            return;
        }
        if attr(node, "classCode") == Some("CLUSTER") && child(node, "specimen").is_some() {
            items.push(Item::Isolate(Box::new(self.isolate(node, usual))));
            return;
        }
        let mut inner = Vec::new();
        let panel = self.panel(node, usual, depth, &mut inner);
        let hollow =
            panel.results.is_empty() && panel.images.is_empty() && panel.comments.is_empty();
        if !hollow || inner.is_empty() {
            items.push(Item::Panel(Box::new(panel)));
        }
        items.append(&mut inner);
    }

    /// A battery; what stands in it and is neither a result nor about it goes to `inner`.
    fn panel(&self, node: Node<'d>, usual: Progress, depth: usize, inner: &mut Vec<Item>) -> Panel {
        let mut named = self.named(node);
        if named.label.is_empty() {
            // A battery without a name bears that of its section.
            let section = node
                .ancestors()
                .find(|one| one.tag_name().name() == "section");
            let code = section.and_then(|section| child(section, "code"));
            named.label =
                code.map_or_else(|| "Bilan".to_owned(), |code| self.display(code, "Bilan"));
        }
        if let Some(translation) = named.translation
            && let Some(code) = child(node, "code").and_then(|code| child(code, "translation"))
        {
            // A battery has one code; a second has no place.
            drop(translation);
            self.unread(code);
        }
        let mut panel = Panel {
            code: named.code,
            label: named.label,
            status: self.progress(node).filter(|status| *status != usual),
            id: self.id_of(node),
            at: self.moment_of(node, "effectiveTime"),
            validated: self.validated(node),
            involved: self.involved(node),
            subcontractor: self.subcontractor(node),
            ..Panel::default()
        };
        for one in children(node, "component").flat_map(elements) {
            match one.tag_name().name() {
                "observation" => panel.results.extend(self.result(one)),
                "procedure" => panel.specimens.extend(self.collection(one)),
                "observationMedia" => panel.images.extend(self.image(one)),
                "act" => panel.comments.extend(self.comment(one)),
                "organizer" => self.organizer(one, usual, depth + 1, inner),
                _ => {}
            }
        }
        panel
    }

    fn isolate(&self, node: Node<'d>, usual: Progress) -> Isolate {
        let role = at(node, &["specimen", "specimenRole"]);
        let code = role.and_then(|role| at(role, &["specimenPlayingEntity", "code"]));
        let mut isolate = Isolate {
            id: role.and_then(|role| self.id_of(role)),
            status: self.progress(node).filter(|status| *status != usual),
            at: self.moment_of(node, "effectiveTime"),
            validated: self.validated(node),
            involved: self.involved(node),
            subcontractor: self.subcontractor(node),
            ..Isolate::default()
        };
        if let Some(code) = code {
            for coded in std::iter::once(code).chain(children(code, "translation")) {
                let Some(found) = self.coded(coded) else {
                    continue;
                };
                if found.system.as_str() == NCBI && isolate.taxon.is_none() {
                    isolate.taxon = Some(found);
                } else if isolate.organism.is_none() {
                    isolate.organism = Some(found);
                } else {
                    self.unread(coded);
                }
            }
            let words = words::original(self.context, code).map(|text| words::squeeze(&text));
            let known = isolate.organism.as_ref().or(isolate.taxon.as_ref());
            isolate.label = words
                .or_else(|| known.map(|known| known.display.clone()))
                .unwrap_or_default();
        }
        for one in children(node, "component").flat_map(elements) {
            match one.tag_name().name() {
                "observation" => isolate.results.extend(self.result(one)),
                "organizer" => {
                    let mut inner = Vec::new();
                    isolate.panels.push(self.panel(one, usual, 1, &mut inner));
                    for item in inner {
                        match item {
                            Item::Panel(panel) => isolate.panels.push(*panel),
                            _ => self.unread(one),
                        }
                    }
                }
                "observationMedia" => isolate.images.extend(self.image(one)),
                "act" => isolate.comments.extend(self.comment(one)),
                _ => {}
            }
        }
        isolate
    }

    /// `observationMedia` with a picture in it.
    pub(super) fn image(&self, node: Node<'d>) -> Option<Image> {
        let value = child(node, "value")?;
        let bytes = base64(&text_of(value));
        let format = bytes.as_deref().and_then(PictureFormat::recognise);
        let (Some(bytes), Some(format)) = (bytes, format) else {
            self.unread(value);
            return None;
        };
        self.take(value);
        Some(Image {
            title: caption(node).unwrap_or_else(|| "Image".to_owned()),
            picture: Picture {
                format,
                data: Binary::new(bytes),
            },
            id: self.id_of(node),
        })
    }

    /// A PDF in `organizer` (FR-Document-attache): its bytes and number, everything below being marked.
    pub(super) fn attached(&self, section: Node<'d>) -> Option<(Vec<u8>, Option<Identifier>)> {
        let organizer = children(section, "entry").find_map(|entry| child(entry, "organizer"))?;
        let id = self.id_of(organizer);
        let value = organizer.descendants().find(|one| {
            one.tag_name().name() == "value"
                && attr(*one, "mediaType")
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/pdf"))
        })?;
        let bytes = base64(&text_of(value)).filter(|bytes| bytes.starts_with(b"%PDF"));
        if bytes.is_none() {
            self.obstacle(
                "reading-pdf",
                value,
                "La pièce jointe n'est pas un PDF lisible.",
            );
        }
        Some((bytes?, id))
    }
}

/// The caption where the narrative shows an image.
fn caption(media: Node<'_>) -> Option<String> {
    let id = attr(media, "ID")?;
    let section = media
        .ancestors()
        .find(|one| one.tag_name().name() == "section")?;
    let shown = child(section, "text")?.descendants().find(|one| {
        one.tag_name().name() == "renderMultiMedia" && attr(*one, "referencedObject") == Some(id)
    })?;
    let caption = words::line_of(child(shown, "caption")?);
    Some(caption).filter(|caption| !caption.is_empty())
}
