//! Beckman AU online, class B: fixed columns between STX and ETX, each block answered.
//!
//! The maker's online specification (AU400 to AU5800) leaves to menus of the analyzer: whether a block check character
//! follows (the exclusive or after STX up to ETX), whether long texts are cut into blocks with ETB, the widths of the
//! columns, and whether anything is answered at all (class A waits for nothing). Sessions with ENQ and EOT are not in
//! it, but a capture of an AU480 has them.

use crate::block::{BlockDialect, Check, Ending};
use crate::lis1a::{ChecksumPolicy, Role};

/// The link as the maker delivers it: the check may be there or not, texts may go over several blocks.
pub fn dialect(role: Role) -> BlockDialect {
    BlockDialect {
        check: Check::Bcc,
        policy: ChecksumPolicy::Optional,
        ending: Ending::Etx,
        ..BlockDialect::new(role)
    }
}
