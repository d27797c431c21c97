//! Another reader of MIME, `mail-parser`, splits what we write, and what products write, at the same octets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use mail_parser::{MessageParser, MimeHeaders as _, PartType};
use proptest::prelude::*;
use rollcert_mime::{Entity, Headers, Limits, MediaType, TransferEncoding};

/// A part, or a multipart of parts.
#[derive(Clone, Debug)]
enum Tree {
    Leaf {
        encoding: TransferEncoding,
        content: Vec<u8>,
    },
    Branch {
        boundary: String,
        preamble: String,
        epilogue: String,
        children: Vec<Self>,
    },
}

/// How a product spells headers.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    upper_case: bool,
    fold: Fold,
    comment: bool,
    quoted: bool,
}

#[derive(Clone, Copy, Debug)]
enum Fold {
    No,
    Blank,
    Tab,
}

impl Spelling {
    fn name(self, name: &str) -> String {
        if self.upper_case {
            name.to_uppercase()
        } else {
            name.to_lowercase()
        }
    }

    fn separator(self) -> &'static str {
        match self.fold {
            Fold::No => "; ",
            Fold::Blank => ";\r\n ",
            Fold::Tab => "; \r\n\t",
        }
    }

    fn boundary(self, boundary: &str) -> String {
        let comment = if self.comment { " (the frontier)" } else { "" };
        if self.quoted {
            format!("\"{boundary}\"{comment}")
        } else {
            format!("{boundary}{comment}")
        }
    }
}

impl Tree {
    fn write(&self, spelling: Spelling) -> Vec<u8> {
        match self {
            Self::Leaf { encoding, content } => {
                let header = format!(
                    "{}: {}\r\n{}: {encoding}\r\n\r\n",
                    spelling.name("Content-Type"),
                    spelling.name("application/octet-stream"),
                    spelling.name("Content-Transfer-Encoding"),
                );
                [header.as_bytes(), &encoding.encode(content)].concat()
            }
            Self::Branch {
                boundary,
                preamble,
                epilogue,
                children,
            } => {
                let mut octets = format!(
                    "{}: {}{}{}={}\r\n\r\n{preamble}",
                    spelling.name("Content-Type"),
                    spelling.name("multipart/mixed"),
                    spelling.separator(),
                    spelling.name("boundary"),
                    spelling.boundary(boundary),
                )
                .into_bytes();
                for child in children {
                    octets.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    octets.extend_from_slice(&child.write(spelling));
                    octets.extend_from_slice(b"\r\n");
                }
                octets.extend_from_slice(format!("--{boundary}--\r\n{epilogue}").as_bytes());
                octets
            }
        }
    }

    /// The content of each leaf, in order.
    fn contents(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Leaf { content, .. } => vec![content.clone()],
            Self::Branch { children, .. } => children.iter().flat_map(Self::contents).collect(),
        }
    }

    /// Puts a boundary of its own on each multipart, for which inner ones must not begin with outer ones.
    fn numbered(mut self, next: &mut u32) -> Self {
        if let Self::Branch {
            boundary, children, ..
        } = &mut self
        {
            *next += 1;
            *boundary = format!("{boundary}.{next}.");
            let numbered = core::mem::take(children).into_iter();
            *children = numbered.map(|child| child.numbered(next)).collect();
        }
        self
    }
}

/// What we make of the octets: those of each leaf, and its content.
fn ours(octets: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let limits = Limits::default();
    let entity = Entity::parse(octets, &limits).unwrap();
    let media_type = entity.headers().content_type().unwrap();
    if media_type.type_() == "multipart" {
        let multipart = entity.parts(&limits).unwrap();
        let parts = multipart.parts.iter();
        return parts
            .flat_map(|part| ours(part.octets().unwrap()))
            .collect();
    }
    vec![(octets.to_vec(), entity.decoded_body().unwrap().into_owned())]
}

/// What `mail-parser` makes of them.
fn theirs(octets: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let message = MessageParser::new().parse(octets).unwrap();
    let leaves = message
        .parts
        .iter()
        .filter(|part| !matches!(part.body, PartType::Multipart(_)));
    leaves
        .map(|part| {
            let start = usize::try_from(part.raw_header_offset()).unwrap();
            let end = usize::try_from(part.raw_end_offset()).unwrap();
            (octets[start..end].to_vec(), part.contents().to_vec())
        })
        .collect()
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            &b"\r\n"[..],
            b"--",
            b"-",
            b"=",
            b": ",
            b" ",
            b"a",
            b"\n"
        ])
        .prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

fn tree() -> impl Strategy<Value = Tree> {
    let encoding = proptest::sample::select(vec![
        TransferEncoding::SevenBit,
        TransferEncoding::EightBit,
        TransferEncoding::Binary,
        TransferEncoding::Base64,
        TransferEncoding::QuotedPrintable,
    ]);
    let leaf =
        (encoding, content()).prop_map(|(encoding, content)| Tree::Leaf { encoding, content });
    let boundary = "(--|=_|----=_Part_)?[0-9A-Za-z][0-9A-Za-z._+-]{0,20}";
    let preamble = prop_oneof![
        Just(String::new()),
        Just("Date: Sat, 21 Nov 2026 20:05:51 +0100 (CET)\r\n\r\n".to_owned()),
        Just("--\r\n--other\r\n".to_owned()),
    ];
    let branch = leaf.prop_recursive(3, 10, 3, move |inner| {
        let children = proptest::collection::vec(inner, 1..4);
        (
            boundary,
            preamble.clone(),
            "(\r\n|the end\r\n){0,2}",
            children,
        )
            .prop_map(|(boundary, preamble, epilogue, children)| Tree::Branch {
                boundary,
                preamble,
                epilogue,
                children,
            })
    });
    branch.prop_map(|tree| tree.numbered(&mut 0))
}

fn spelling() -> impl Strategy<Value = Spelling> {
    let fold = proptest::sample::select(vec![Fold::No, Fold::Blank, Fold::Tab]);
    (any::<bool>(), fold, any::<bool>()).prop_map(|(upper_case, fold, comment)| Spelling {
        upper_case,
        fold,
        comment,
        // A comment after a bare value belongs to the value for `mail-parser`.
        quoted: true,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn both_find_the_same_octets_and_content_in_every_part(tree in tree(), spelling in spelling()) {
        let octets = tree.write(spelling);
        let found = ours(&octets);
        let contents: Vec<Vec<u8>> = found.iter().map(|(_, content)| content.clone()).collect();
        prop_assert_eq!(&contents, &tree.contents());
        prop_assert_eq!(found, theirs(&octets));
    }
}

#[test]
fn v19_boundaries_that_begin_with_hyphens_preambles_and_folded_parameters_are_split_alike() {
    let leaf = |content: &[u8]| Tree::Leaf {
        encoding: TransferEncoding::Binary,
        content: content.to_vec(),
    };
    let tree = Tree::Branch {
        boundary: "--the boundary of the draft".to_owned(),
        preamble: "Date: Sat, 21 Nov 2026 20:05:51 +0100 (CET)\r\n\r\n--the boundary\r\n"
            .to_owned(),
        epilogue: "--the boundary of the draft\r\n".to_owned(),
        children: vec![
            leaf(b"one\r\n--the boundary of the draft\r\n"),
            leaf(b"two"),
        ],
    };
    for fold in [Fold::No, Fold::Blank, Fold::Tab] {
        let spelling = Spelling {
            upper_case: true,
            fold,
            comment: true,
            quoted: true,
        };
        let octets = tree.write(spelling);
        let contents: Vec<Vec<u8>> = ours(&octets).into_iter().map(|(_, it)| it).collect();
        assert_eq!(contents, tree.contents(), "{fold:?}");
        assert_eq!(ours(&octets), theirs(&octets), "{fold:?}");
    }
}

#[test]
fn v11_v20_v21_every_transfer_encoding_id_and_spelling_of_the_media_type_is_read_alike() {
    let xml = b"<offer>\r\ncaf\xc3\xa9 = 1\r\n</offer>";
    let quoted = &b"<offer>=0D\n=\ncaf=c3=A9 =3D 1=0d=0a</offer>"[..];
    // A lone line feed after an escaped carriage return: two octets, and one line end.
    let cases: [(&str, &[u8]); 5] = [
        ("7bit", xml),
        ("8BIT", xml),
        ("Binary", xml),
        (
            "base64 (of the XML)",
            b"PG9mZmVyPg0KY2Fm\r\n w6kgPSAxDQo8\r\n\tL29mZmVyPg==",
        ),
        ("QUOTED-printable", quoted),
    ];
    for (encoding, body) in cases {
        for (media_type, charset) in [
            (
                "application/EDIINT-Cert-Exchange+XML; charset=UTF-8",
                Some("UTF-8"),
            ),
            (
                "APPLICATION/ediint-cert-exchange+xml;CHARSET=\"utf-8\"",
                Some("utf-8"),
            ),
            ("application/ediint-cert-exchange+xml", None),
        ] {
            for id in [
                "<New Certificate>",
                "New Certificate",
                "  <New Certificate> ",
            ] {
                let header = format!(
                    "Content-Type: {media_type}\r\nContent-ID: {id}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
                );
                let octets = [header.as_bytes(), body].concat();
                let limits = Limits::default();
                let entity = Entity::parse(&octets, &limits).unwrap();
                let found = entity.headers().content_type().unwrap();
                assert_eq!(found.essence(), "application/ediint-cert-exchange+xml");
                assert_eq!(found.parameter("charset"), charset);
                let content_id = entity.headers().content_id().unwrap();
                assert_eq!(content_id.as_str(), "New Certificate");
                assert_eq!(entity.decoded_body().unwrap().as_ref(), xml, "{encoding}");

                let message = MessageParser::new().parse(&octets).unwrap();
                let theirs = message.content_type().unwrap();
                assert_eq!(theirs.attribute("charset"), charset);
                assert_eq!(
                    theirs.subtype().map(str::to_lowercase).as_deref(),
                    Some("ediint-cert-exchange+xml")
                );
            }
        }
    }
}

#[test]
fn headers_are_read_alike_however_they_are_folded_and_cased() {
    let spellings = [
        "Multipart/Signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"--b c\"",
        "multipart/signed;\r\n\tPROTOCOL=\"application/pkcs7-signature\";\r\n micalg=sha-256;\r\n boundary=\"--b c\"",
        "multipart/signed ; boundary=\"--b c\" ; micalg=\"sha-256\" ; protocol=\"application/pkcs7-signature\" ; ",
    ];
    for spelling in spellings {
        let block = format!("CONTENT-type: {spelling}\r\n");
        let headers = Headers::parse(block.as_bytes(), &Limits::default()).unwrap();
        let media_type = headers.content_type().unwrap();
        let octets = [block.as_bytes(), b"\r\n"].concat();
        let message = MessageParser::new().parse(&octets).unwrap();
        let theirs = message.content_type().unwrap();
        for parameter in ["protocol", "micalg", "boundary"] {
            assert_eq!(
                media_type.parameter(parameter),
                theirs.attribute(parameter),
                "{spelling}"
            );
        }
        let written = media_type.to_string();
        assert_eq!(written.parse::<MediaType>(), Ok(media_type));
    }
}
