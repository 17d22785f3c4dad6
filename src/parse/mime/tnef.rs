//! `winmail.dat`: Outlook's Transport Neutral Encapsulation Format ([MS-OXTNEF]). Attachments and the text are read.

use super::super::{Attachment, charset};
use super::parameters::file_name;

const SIGNATURE: u32 = 0x223e_9f78;
/// Files in one envelope that are listed.
const FILES_MAX: usize = 500;
/// Records and properties that are looked at.
const RECORDS_MAX: usize = 20_000;

const ATT_BODY: u32 = 0x0002_800c;
const ATT_MAPI_PROPS: u32 = 0x0006_9003;
const ATT_ATTACH_REND_DATA: u32 = 0x0006_9002;
const ATT_ATTACHMENT: u32 = 0x0006_9005;
const ATT_ATTACH_TITLE: u32 = 0x0001_8010;
const ATT_ATTACH_DATA: u32 = 0x0006_800f;
const ATT_OEM_CODEPAGE: u32 = 0x0006_9007;

/// What is inside.
#[derive(Debug, Default)]
pub(super) struct Tnef {
    pub attachments: Vec<Attachment>,
    pub body: Option<Text>,
    /// It breaks off: what was read before is here.
    pub broken: bool,
    pub too_much: bool,
}

/// The message's text in the best form there is.
#[derive(Debug)]
pub(super) enum Text {
    Plain(String),
    Html(String),
}

/// Opens an envelope; `None` when it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Tnef> {
    let mut input = Input(bytes);
    if input.u32()? != SIGNATURE {
        return None;
    }
    input.u16()?;
    let mut tnef = Tnef::default();
    let mut codepage = "windows-1252".to_owned();
    let mut texts = Texts::default();
    for _ in 0..RECORDS_MAX {
        if input.0.is_empty() {
            break;
        }
        let Some((id, data)) = record(&mut input) else {
            tnef.broken = true;
            break;
        };
        match id {
            ATT_OEM_CODEPAGE => codepage = Input(data).u32().map_or(codepage, |page| format!("windows-{page}")),
            ATT_BODY => texts.plain = Some(charset::decode(until_nul(data), Some(&codepage)).text),
            ATT_MAPI_PROPS => properties(data, &codepage, |property| texts.take(property, &codepage)),
            ATT_ATTACH_REND_DATA if tnef.attachments.len() < FILES_MAX => tnef.attachments.push(Attachment::default()),
            ATT_ATTACH_REND_DATA => {
                tnef.too_much = true;
                break;
            }
            ATT_ATTACH_TITLE | ATT_ATTACH_DATA | ATT_ATTACHMENT => {
                if let Some(file) = tnef.attachments.last_mut() {
                    describe(file, id, data, &codepage);
                }
            }
            _ => {}
        }
    }
    for file in &mut tnef.attachments {
        if file.media_type.is_empty() {
            file.media_type = "application/octet-stream".to_owned();
        }
    }
    tnef.body = texts.best();
    Some(tnef)
}

/// Level, id, length, data, checksum.
fn record<'a>(input: &mut Input<'a>) -> Option<(u32, &'a [u8])> {
    input.take(1)?;
    let id = input.u32()?;
    let len = usize::try_from(input.u32()?).ok()?;
    let data = input.take(len)?;
    // Some writers leave the last checksum out.
    input.take(2.min(input.0.len()))?;
    Some((id, data))
}

fn describe(file: &mut Attachment, id: u32, data: &[u8], codepage: &str) {
    match id {
        ATT_ATTACH_DATA => file.size = data.len(),
        ATT_ATTACH_TITLE if file.name.is_none() => file.name = file_name(&charset::decode(until_nul(data), Some(codepage)).text),
        ATT_ATTACHMENT => properties(data, codepage, |property| match (property.id, property.value) {
            // The long name is the one a person gave; the display name serves when nothing else does.
            (0x3707, Value::Text(name)) => file.name = file_name(&name).or(file.name.take()),
            (0x3001, Value::Text(name)) if file.name.is_none() => file.name = file_name(&name),
            (0x370e, Value::Text(media_type)) => file.media_type = media_type.trim().to_ascii_lowercase(),
            (0x3712, Value::Text(_)) => file.inline = true,
            (0x3701, Value::Bytes(object)) => {
                file.size = file.size.max(object.len());
                if file.media_type.is_empty() && object.starts_with(&[0x07, 0x03, 0x02, 0x00]) {
                    file.media_type = "message/rfc822".to_owned();
                }
            }
            _ => {}
        }),
        _ => {}
    }
}

#[derive(Default)]
struct Texts {
    plain: Option<String>,
    html: Option<String>,
    rtf: Option<String>,
}

impl Texts {
    fn take(&mut self, property: Property<'_>, codepage: &str) {
        match (property.id, property.value) {
            (0x1000, Value::Text(text)) => self.plain = Some(text),
            (0x1013, Value::Text(text)) => self.html = Some(text),
            (0x1013, Value::Bytes(bytes)) => {
                let label = if std::str::from_utf8(bytes).is_ok() { "utf-8" } else { codepage };
                self.html = Some(charset::decode(bytes, Some(label)).text);
            }
            (0x1009, Value::Bytes(bytes)) => self.rtf = super::rtf::decompress(bytes).map(|rtf| super::rtf::text(&rtf)),
            _ => {}
        }
    }

    fn best(self) -> Option<Text> {
        let said = |text: &String| !text.trim().is_empty();
        self.html
            .filter(said)
            .map(Text::Html)
            .or_else(|| self.plain.filter(said).map(Text::Plain))
            .or_else(|| self.rtf.filter(said).map(Text::Plain))
    }
}

struct Property<'a> {
    id: u16,
    value: Value<'a>,
}

enum Value<'a> {
    Text(String),
    Bytes(&'a [u8]),
    Other,
}

/// Walks a list of MAPI properties ([MS-OXTNEF] §2.1.3.4) until its end or until it cannot be read.
fn properties<'a>(data: &'a [u8], codepage: &str, mut each: impl FnMut(Property<'a>)) {
    let mut input = Input(data);
    let Some(count) = input.u32() else { return };
    for _ in 0..count.min(5_000) {
        let Some((kind, id)) = property_head(&mut input) else { return };
        // Variable values and multiple ones carry their number.
        let multiple = kind & 0x1000 != 0;
        let kind = kind & 0x0fff;
        let variable = matches!(kind, 0x1e | 0x1f | 0x0d | 0x102);
        let Some(values) = (if multiple || variable { input.u32() } else { Some(1) }) else { return };
        for _ in 0..values.min(5_000) {
            let Some(value) = value(&mut input, kind, codepage) else { return };
            each(Property { id, value });
        }
    }
}

/// Type and id; a named property's name is skipped.
fn property_head(input: &mut Input<'_>) -> Option<(u16, u16)> {
    let (kind, id) = (input.u16()?, input.u16()?);
    if id >= 0x8000 {
        input.take(16)?;
        if input.u32()? == 0 {
            input.u32()?;
        } else {
            input.padded()?;
        }
    }
    Some((kind, id))
}

fn value<'a>(input: &mut Input<'a>, kind: u16, codepage: &str) -> Option<Value<'a>> {
    Some(match kind {
        0x02 | 0x0b | 0x03 | 0x04 | 0x0a => input.take(4).map(|_| Value::Other)?,
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => input.take(8).map(|_| Value::Other)?,
        0x48 => input.take(16).map(|_| Value::Other)?,
        0x1e => Value::Text(charset::decode(until_nul(input.padded()?), Some(codepage)).text),
        0x1f => {
            let text = encoding_rs::UTF_16LE.decode_without_bom_handling(input.padded()?).0;
            Value::Text(text.trim_end_matches('\0').to_owned())
        }
        0x0d | 0x102 => Value::Bytes(input.padded()?),
        0x00 | 0x01 => Value::Other,
        _ => return None,
    })
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|b| *b == 0).next().unwrap_or_default()
}

/// Little-endian bytes still to be read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// A length, that many bytes, and padding to a multiple of four.
    fn padded(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.u32()?).ok()?;
        let data = self.take(len)?;
        self.take((len.wrapping_neg() & 3).min(self.0.len()))?;
        Some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_record(mut envelope: Vec<u8>, id: u32, data: &[u8]) -> Vec<u8> {
        envelope.push(2);
        envelope.extend(id.to_le_bytes());
        envelope.extend(u32::try_from(data.len()).expect("a small record").to_le_bytes());
        envelope.extend_from_slice(data);
        envelope.extend([0, 0]);
        envelope
    }

    /// One Unicode property, and one named integer before it.
    fn properties_with(id: u16, text: &str) -> Vec<u8> {
        let named = [&3_u16.to_le_bytes()[..], &0x8001_u16.to_le_bytes(), &[7; 16], &[0; 4], &[9; 4], &[1; 4]].concat();
        let text: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let padding = vec![0; text.len().wrapping_neg() & 3];
        let len = u32::try_from(text.len()).expect("a short text").to_le_bytes();
        [&2_u32.to_le_bytes()[..], &named, &0x1f_u16.to_le_bytes(), &id.to_le_bytes(), &1_u32.to_le_bytes(), &len, &text, &padding].concat()
    }

    fn envelope() -> Vec<u8> {
        let mut envelope = SIGNATURE.to_le_bytes().to_vec();
        envelope.extend([1, 0]);
        let envelope = with_record(envelope, ATT_MAPI_PROPS, &properties_with(0x1000, "Please quote."));
        let envelope = with_record(envelope, ATT_ATTACH_REND_DATA, &[0; 14]);
        let envelope = with_record(envelope, ATT_ATTACH_TITLE, b"OFFER~1.PDF\0");
        let envelope = with_record(envelope, ATT_ATTACH_DATA, b"12345");
        with_record(envelope, ATT_ATTACHMENT, &properties_with(0x3707, "offer 报价.pdf"))
    }

    #[test]
    fn an_envelope_gives_its_files_and_its_text() {
        let tnef = read(&envelope()).expect("an envelope");
        let file = tnef.attachments.first().expect("one file");
        assert_eq!((file.name.as_deref(), file.size, tnef.attachments.len()), (Some("offer 报价.pdf"), 5, 1));
        assert!(matches!(tnef.body, Some(Text::Plain(text)) if text == "Please quote."));
        assert!(!tnef.broken);
    }

    #[test]
    fn an_envelope_that_breaks_off_anywhere_gives_what_came_before() {
        let envelope = envelope();
        for len in 0..envelope.len() {
            let cut = envelope.get(..len).expect("within the envelope");
            assert_eq!(read(cut).is_some(), len >= 6, "{len} bytes");
        }
    }

    #[test]
    fn any_byte_may_be_wrong() {
        let good = envelope();
        for at in 6..good.len() {
            for wrong in [0x00, 0x01, 0x7f, 0xff] {
                let mut envelope = good.clone();
                *envelope.get_mut(at).expect("within the envelope") = wrong;
                let tnef = read(&envelope).expect("its signature is right");
                assert!(tnef.attachments.len() <= 1);
            }
        }
    }
}
