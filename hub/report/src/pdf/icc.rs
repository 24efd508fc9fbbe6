//! The sRGB colour profile that PDF/A wants inside (ISO 19005-1 §6.2.2), as ICC.1:2001-04 writes one.

/// The transfer curve of IEC 61966-2-1 at 64 even steps.
const CURVE: [u16; 64] = [
    0, 81, 161, 244, 345, 466, 609, 776, 965, 1180, 1420, 1687, 1980, 2301, 2651, 3030, 3439, 3879,
    4349, 4851, 5386, 5953, 6554, 7189, 7858, 8562, 9302, 10078, 10890, 11739, 12626, 13551, 14513,
    15515, 16556, 17636, 18757, 19918, 21120, 22363, 23648, 24974, 26344, 27756, 29211, 30710,
    32253, 33840, 35471, 37148, 38870, 40638, 42452, 44312, 46219, 48173, 50174, 52223, 54320,
    56465, 58659, 60901, 63193, 65535,
];

/// White of D50, and the primaries seen under it, in sixteenths of 1/4096 (`s15Fixed16Number`).
const WHITE: [u32; 3] = [0xf6d6, 0x1_0000, 0xd32d];
const RED: [u32; 3] = [0x6fa2, 0x38f5, 0x0390];
const GREEN: [u32; 3] = [0x6299, 0xb785, 0x18da];
const BLUE: [u32; 3] = [0x24a0, 0x0f84, 0xb6cf];

/// The profile.
pub(crate) fn srgb() -> Vec<u8> {
    let description = description();
    let rights = [b"text\0\0\0\0".as_slice(), b"CC0\0"].concat();
    let curve = curve();
    let blocks: Vec<Vec<u8>> = vec![
        description,
        rights,
        xyz(WHITE),
        xyz(RED),
        xyz(GREEN),
        xyz(BLUE),
        curve,
    ];
    // Tag and the block that it shows; the three curves are one.
    let tags: [(&[u8; 4], usize); 9] = [
        (b"desc", 0),
        (b"cprt", 1),
        (b"wtpt", 2),
        (b"rXYZ", 3),
        (b"gXYZ", 4),
        (b"bXYZ", 5),
        (b"rTRC", 6),
        (b"gTRC", 6),
        (b"bTRC", 6),
    ];
    let mut places = Vec::new();
    let mut body = Vec::new();
    let start = 128 + 4 + 12 * tags.len();
    for block in &blocks {
        places.push((start + body.len(), block.len()));
        body.extend_from_slice(block);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut profile = header(start + body.len());
    profile.extend(number(tags.len()));
    for (tag, block) in tags {
        let (place, length) = places.get(block).copied().unwrap_or_default();
        profile.extend_from_slice(tag);
        profile.extend(number(place));
        profile.extend(number(length));
    }
    profile.extend(body);
    profile
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or_default().to_be_bytes()
}

fn header(length: usize) -> Vec<u8> {
    let mut head = Vec::with_capacity(128);
    head.extend(number(length));
    head.extend([0, 0, 0, 0, 2, 0x10, 0, 0]);
    head.extend_from_slice(b"mntrRGB XYZ ");
    // Made on 1 January 2026.
    for part in [2026_u16, 1, 1, 0, 0, 0] {
        head.extend(part.to_be_bytes());
    }
    head.extend_from_slice(b"acsp");
    head.resize(68, 0);
    for part in WHITE {
        head.extend(part.to_be_bytes());
    }
    head.resize(128, 0);
    head
}

fn description() -> Vec<u8> {
    let mut block = b"desc\0\0\0\0".to_vec();
    block.extend(number(5));
    block.extend_from_slice(b"sRGB\0");
    // No other languages: two counts, a script code and its fixed field.
    block.resize(block.len() + 4 + 4 + 2 + 1 + 67, 0);
    block
}

fn xyz(value: [u32; 3]) -> Vec<u8> {
    let mut block = b"XYZ \0\0\0\0".to_vec();
    for part in value {
        block.extend(part.to_be_bytes());
    }
    block
}

fn curve() -> Vec<u8> {
    let mut block = b"curv\0\0\0\0".to_vec();
    block.extend(number(CURVE.len()));
    for step in CURVE {
        block.extend(step.to_be_bytes());
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_its_own_length() {
        let profile = srgb();
        let said = u32::from_be_bytes(profile[..4].try_into().unwrap());
        assert_eq!(usize::try_from(said).unwrap(), profile.len());
        assert_eq!(&profile[36..40], b"acsp");
        assert!(profile.len() < 700);
    }

    #[test]
    fn the_primaries_make_white() {
        for (place, white) in WHITE.iter().enumerate() {
            let sum = RED[place] + GREEN[place] + BLUE[place];
            assert!(sum.abs_diff(*white) <= 16, "{place}: {sum:x} {white:x}");
        }
    }
}
