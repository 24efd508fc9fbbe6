//! People: who they are, how they sign in, and what each role may do.
//!
//! Local accounts with argon2id passwords. A session is a random identifier in a cookie, of which the database knows only
//! the digest. What a role may do stands in one place, [`permission`]; every web route names the permission it asks for.

pub mod accounts;
pub mod password;
pub mod permission;
pub mod sessions;

pub use accounts::{AccountError, NewAccount};
pub use permission::Permission;
