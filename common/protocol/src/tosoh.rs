//! Tosoh HLC-723: blocks that begin with their type and end with one byte of any value, the exclusive or of what lies
//! between.

use crate::block::{BlockDialect, Check, Ending, Opener};
use crate::lis1a::Role;

/// The link. `last` are the types that end a message; without them every block is one.
pub fn dialect(role: Role, last: &[u8]) -> BlockDialect {
    BlockDialect {
        check: Check::Bcc,
        opener: Opener::Enquiry,
        ending: if last.is_empty() {
            Ending::EachBlock
        } else {
            Ending::Types(last.to_vec())
        },
        ..BlockDialect::new(role)
    }
}
