//! The English of every sentence.

mod answers;
mod documents;
mod fleet;
mod incoming;
mod offices;
mod pages;
mod terms;

/// French and English, from all tables.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        pages::TABLE,
        offices::TABLE,
        terms::TABLE,
        answers::TABLE,
        documents::TABLE,
        incoming::TABLE,
        fleet::TABLE,
    ]
    .into_iter()
    .flatten()
    .copied()
}
