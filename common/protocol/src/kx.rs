//! Sysmex KX-21, K-1000 and XE class: one block of fixed columns without check, answered with ACK or NAK when the
//! analyzer is set to wait for it (class B).

use crate::block::BlockDialect;
use crate::lis1a::Role;

/// The link as the maker has it in class B.
pub fn dialect(role: Role) -> BlockDialect {
    BlockDialect::new(role)
}
