//! The local page of the box.
