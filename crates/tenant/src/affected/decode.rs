//! Bytes to text, in parts: UTF-8 and the UTF-16 that PowerShell writes; what is neither is replaced and counted.

/// How a file's bytes are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big_endian: bool },
}

/// What a file begins like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    Text,
    /// gzip, zip, zstandard or xz.
    Compressed,
    Binary,
}

/// Takes a file's bytes in parts and gives text.
pub(super) struct Decoder {
    encoding: Encoding,
    /// The beginning of a character whose end was not read yet.
    carried: Vec<u8>,
    /// How many stretches of bytes were no text.
    pub replaced: u64,
}

impl Decoder {
    /// For a file that begins with these bytes.
    pub(super) fn new(beginning: &[u8]) -> Self {
        let encoding = match beginning {
            [0xff, 0xfe, ..] => Encoding::Utf16 { big_endian: false },
            [0xfe, 0xff, ..] => Encoding::Utf16 { big_endian: true },
            _ => Encoding::Utf8,
        };
        Self { encoding, carried: Vec::new(), replaced: 0 }
    }

    /// What the file looks like.
    pub(super) fn looks(&self, beginning: &[u8]) -> Looks {
        const COMPRESSED: &[&[u8]] = &[b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ"];
        if COMPRESSED.iter().any(|magic| beginning.starts_with(magic)) {
            Looks::Compressed
        } else if self.encoding == Encoding::Utf8 && beginning.iter().take(8192).any(|byte| *byte == 0) {
            Looks::Binary
        } else {
            Looks::Text
        }
    }

    /// The text of the next bytes, but for a character that is not complete yet unless these are the last.
    pub(super) fn text(&mut self, bytes: &[u8], are_last: bool) -> String {
        let mut all = std::mem::take(&mut self.carried);
        all.extend_from_slice(bytes);
        match self.encoding {
            Encoding::Utf8 => self.utf8(&all, are_last),
            Encoding::Utf16 { big_endian } => self.utf16(&all, big_endian, are_last),
        }
    }

    fn utf8(&mut self, bytes: &[u8], are_last: bool) -> String {
        let mut text = String::with_capacity(bytes.len());
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            if invalid.is_empty() {
                continue;
            }
            // The first bytes of a character, at the end: the rest may come.
            let begun = std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if !are_last && begun && chunks.peek().is_none() {
                self.carried = invalid.to_vec();
            } else {
                text.push(char::REPLACEMENT_CHARACTER);
                self.replaced += 1;
            }
        }
        text
    }

    fn utf16(&mut self, bytes: &[u8], big_endian: bool, are_last: bool) -> String {
        let read = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut whole = bytes.len() / 2 * 2;
        if !are_last && whole >= 2 && (0xd800..0xdc00).contains(&read(&bytes[whole - 2..])) {
            whole -= 2;
        }
        self.carried = if are_last { Vec::new() } else { bytes[whole..].to_vec() };
        let mut text = String::new();
        for character in char::decode_utf16(bytes[..whole].chunks_exact(2).map(read)) {
            match character {
                Ok(character) => text.push(character),
                Err(_) => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    self.replaced += 1;
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], size: usize) -> (String, u64) {
        let mut decoder = Decoder::new(bytes);
        let mut text = String::new();
        for part in bytes.chunks(size) {
            text.push_str(&decoder.text(part, false));
        }
        text.push_str(&decoder.text(&[], true));
        (text, decoder.replaced)
    }

    #[test]
    fn every_encoding_is_read_in_parts_of_any_size() {
        let words = "a é 漢 🦀 z";
        let utf16: Vec<u16> = format!("\u{feff}{words}").encode_utf16().collect();
        let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for size in 1..9 {
            assert_eq!(decode(words.as_bytes(), size), (words.to_owned(), 0), "{size}");
            for bytes in [&little, &big] {
                let (text, replaced) = decode(bytes, size);
                assert_eq!((text.trim_start_matches('\u{feff}'), replaced), (words, 0), "{size}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_counted() {
        for size in 1..5 {
            assert_eq!(decode(b"a\xff\xfeb\xc3", size), ("a\u{fffd}\u{fffd}b\u{fffd}".to_owned(), 3), "{size}");
            assert_eq!(decode(b"\xff\xfea\0\x00\xd8b\0", size), ("\u{feff}a\u{fffd}b".to_owned(), 1), "{size}");
        }
    }

    #[test]
    fn what_is_compressed_or_binary_is_recognised() {
        let looks = |bytes: &[u8]| Decoder::new(bytes).looks(bytes);
        assert_eq!(looks(b"\x1f\x8b\x08\0"), Looks::Compressed);
        assert_eq!(looks(b"\x89PNG\r\n\x1a\n\0\0"), Looks::Binary);
        assert_eq!(looks(b"\xff\xfea\0"), Looks::Text);
        assert_eq!(looks(b""), Looks::Text);
    }
}
