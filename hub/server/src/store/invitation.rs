//! Store: invitation.
