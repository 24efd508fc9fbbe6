//! What each analyzer means: profiles as data, interpretation of captures.
