//! What a person decided about results on screen: which ones, as they were shown, and the reason typed.

use lisiere_model::OrderId;

use super::fields::Fields;
use super::problem::Problem;
use crate::review::Shown;

/// The results named by a form field, each as `identifier:version`.
pub(super) fn shown(fields: &Fields, name: &str) -> Result<Vec<Shown>, Problem> {
    fields
        .all(name)
        .filter(|text| !text.is_empty())
        .map(one)
        .collect()
}

fn one(text: &str) -> Result<Shown, Problem> {
    let read = text.split_once(':').and_then(|(id, version)| {
        Some(Shown {
            observation: id.parse().ok()?,
            version: version.parse().ok()?,
        })
    });
    read.ok_or_else(Problem::unreadable_form)
}

/// The one result a form is about.
pub(super) fn only(fields: &Fields) -> Result<Shown, Problem> {
    match shown(fields, "obs")?.as_slice() {
        [one] => Ok(*one),
        [] => Err(Problem::invalid(
            "Aucun résultat n'est choisi : choisir la ligne, puis l'action.",
        )),
        _ => Err(Problem::invalid(
            "Plusieurs résultats sont choisis : cette action porte sur un seul.",
        )),
    }
}

/// The order a form came from.
pub(super) fn order(fields: &Fields) -> Result<OrderId, Problem> {
    fields
        .text("dossier")
        .parse()
        .map_err(|_| Problem::unreadable_form())
}
