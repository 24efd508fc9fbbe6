//! The control characters of the link (LIS01-A2 §6.6).

/// Nothing; some lines idle with it.
pub const NUL: u8 = 0x00;
/// Start of a frame.
pub const STX: u8 = 0x02;
/// End of the last frame of a message.
pub const ETX: u8 = 0x03;
/// End of a session; as an answer to a frame: accepted, and please stop.
pub const EOT: u8 = 0x04;
/// Asks for the line.
pub const ENQ: u8 = 0x05;
/// Ready, or frame accepted.
pub const ACK: u8 = 0x06;
/// Ends a record.
pub const CR: u8 = 0x0D;
/// Ends a frame, after CR.
pub const LF: u8 = 0x0A;
/// Busy, or frame refused.
pub const NAK: u8 = 0x15;
/// End of an intermediate frame.
pub const ETB: u8 = 0x17;

/// Characters that may not stand inside a frame's text (LIS01-A2 §6.6). LF is seen in the field all the same.
pub const fn is_forbidden_in_text(byte: u8) -> bool {
    matches!(byte, 0x00..=0x06 | 0x08 | 0x0A | 0x0E..=0x1F | 0x7F | 0xFF)
}
