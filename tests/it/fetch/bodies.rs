//! What a body may be: any charset, the encodings that were asked for, and nothing but a page.

use async_compression::Level;
use async_compression::tokio::write;
use async_compression::zstd::CParameter;
use pressclip::failure::FailureClass;
use tokio::io::AsyncWriteExt;

use super::{PAGE, check};
use crate::server::{answer, bomb, encoded, gzip, gzipped, typed};

fn in_charset(label: &str, text: &str) -> Vec<u8> {
    encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
}

#[tokio::test]
async fn text_comes_right_from_every_charset_and_guesses_are_noted() {
    let french = "<html><p>Le président a été réélu après une journée très animée à l'Assemblée.</p></html>";
    let japanese = "<html><p>首相は記者会見で、新しい経済対策についてのべました。</p></html>";
    let french_meta = format!("<meta charset=iso-8859-1>{french}");
    let japanese_meta =
        format!("<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>{japanese}");
    let marked = format!("\u{FEFF}{french}");
    let utf_16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let plain = |bytes: &[u8]| typed("text/html", bytes);
    let no_type = |bytes: &[u8]| answer("200 OK", &[], bytes);
    check(vec![
        ("utf-8 by header", typed("text/html; charset=utf-8", french.as_bytes()), Ok((french, &[]))),
        ("utf-8 by detection", no_type(french.as_bytes()), Ok((french, &["charset guessed: UTF-8"]))),
        (
            "1252 by header",
            typed("text/html;charset=latin1", &in_charset("latin1", french)),
            Ok((french, &[])),
        ),
        ("1252 by meta", plain(&in_charset("latin1", &french_meta)), Ok((&french_meta, &[]))),
        (
            "1252 by detection",
            plain(&in_charset("latin1", french)),
            Ok((french, &["charset guessed: windows-1252"])),
        ),
        (
            "sjis by header",
            typed("text/html; charset=sjis", &in_charset("sjis", japanese)),
            Ok((japanese, &[])),
        ),
        ("sjis by meta", plain(&in_charset("sjis", &japanese_meta)), Ok((&japanese_meta, &[]))),
        (
            "sjis by detection",
            plain(&in_charset("sjis", japanese)),
            Ok((japanese, &["charset guessed: Shift_JIS"])),
        ),
        ("mark over header", typed("text/html; charset=sjis", marked.as_bytes()), Ok((french, &[]))),
        ("utf-16 by mark", plain(&utf_16), Ok((french, &[]))),
        ("utf-16 without mark", plain(&utf_16[2..]), Ok((french, &["charset guessed: UTF-16LE"]))),
        ("banned charset", typed("text/html; charset=iso-2022-kr", b"<p>x"), Err(FailureClass::BadCharset)),
    ])
    .await;
}

#[tokio::test]
async fn every_content_encoding_is_undone_or_refused() {
    let compressed = gzipped(PAGE.as_bytes());
    let cut = |bytes: &[u8]| bytes[..bytes.len() - 12].to_vec();
    let (brotli, zstd) = (brotli(PAGE.repeat(20).as_bytes()).await, zstd(PAGE.repeat(20).as_bytes()).await);
    let long = PAGE.repeat(20);
    let bad = Err(FailureClass::BadEncodingBody);
    let guessed: &[&str] = &["charset guessed: UTF-8"];
    check(vec![
        ("gzip", gzip(PAGE), Ok((PAGE, guessed))),
        ("gzip in capitals", encoded("GZIP", &compressed), Ok((PAGE, guessed))),
        ("gzip and garbage", encoded("gzip", &[&compressed[..], b"garbage"].concat()), Ok((PAGE, guessed))),
        ("brotli", encoded("br", &brotli), Ok((&long, guessed))),
        ("zstd", encoded("zstd", &zstd), Ok((&long, guessed))),
        ("deflate", encoded("deflate", &zlib(PAGE.as_bytes()).await), Ok((PAGE, guessed))),
        (
            "zstd with a window of 128 MiB",
            encoded("zstd", &zstd_window(27, PAGE.as_bytes()).await),
            Err(FailureClass::TooLarge),
        ),
        (
            "zstd with a window of 8 MiB",
            encoded("zstd", &zstd_window(23, PAGE.as_bytes()).await),
            Ok((PAGE, guessed)),
        ),
        (
            "no coding at all",
            encoded("utf-8", PAGE.as_bytes()),
            Ok((PAGE, &["unknown content encoding ignored: utf-8", guessed[0]])),
        ),
        ("stacked", encoded("gzip, gzip", &gzipped(&compressed)), bad),
        (
            "stacked on lines",
            answer("200 OK", &[("Content-Encoding", "gzip"); 40], &gzipped(&compressed)),
            bad,
        ),
        ("plain as gzip", encoded("gzip", PAGE.as_bytes()), bad),
        ("plain as zstd", encoded("zstd", PAGE.as_bytes()), bad),
        ("plain as brotli", encoded("br", &[0xFF; 64]), bad),
        ("plain as deflate", encoded("deflate", PAGE.as_bytes()), bad),
        ("gzip cut", encoded("gzip", &cut(&compressed)), Err(FailureClass::Truncated)),
        ("brotli cut", encoded("br", &cut(&brotli)), Err(FailureClass::Truncated)),
        ("zstd cut", encoded("zstd", &cut(&zstd)), Err(FailureClass::Truncated)),
        ("gzip without header", typed("text/html", &compressed), Err(FailureClass::WrongType)),
        ("bomb", bomb(4), Err(FailureClass::TooLarge)),
    ])
    .await;
}

async fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::BrotliEncoder::new(Vec::new());
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

async fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new());
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

async fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd_window(20, bytes).await
}

/// `bytes` in the zstd format, with a window of two to the power of `log` bytes.
async fn zstd_window(log: u32, bytes: &[u8]) -> Vec<u8> {
    let window = [CParameter::window_log(log)];
    let mut encoder = write::ZstdEncoder::with_quality_and_params(Vec::new(), Level::Default, &window);
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

#[tokio::test]
async fn what_is_no_page_is_refused_by_its_type_or_its_bytes() {
    let wrong = Err(FailureClass::WrongType);
    let png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR";
    check(vec![
        ("json by header", typed("application/json", b"{}"), wrong),
        ("feed by header", typed("application/rss+xml", b"<rss></rss>"), wrong),
        ("html said to be an image", typed("image/png", PAGE.as_bytes()), wrong),
        ("pdf said to be html", typed("text/html", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj"), wrong),
        ("png said to be html", typed("text/html", png), wrong),
        ("png without type", answer("200 OK", &[], png), wrong),
        ("zip said to be html", typed("text/html", b"PK\x03\x04\x14\0\x08\0\x08\0\0\0"), wrong),
        ("elf said to be html", typed("text/html", b"\x7FELF\x02\x01\x01\0\0\0\0\0"), wrong),
        ("NULs said to be html", typed("text/html", b"some\0thing\0else"), wrong),
        ("text", typed("text/plain", b"just text"), wrong),
        ("html said to be text", typed("text/plain; charset=utf-8", PAGE.as_bytes()), Ok((PAGE, &[]))),
        (
            "html said to be bytes",
            typed("application/octet-stream", PAGE.as_bytes()),
            Ok((PAGE, &["charset guessed: UTF-8"])),
        ),
        ("xhtml", typed("application/xhtml+xml; charset=utf-8", PAGE.as_bytes()), Ok((PAGE, &[]))),
        ("a fragment", typed("text/html", b"<p>ascii</p>"), Ok(("<p>ascii</p>", &[]))),
        ("a type that is none", typed("html", b"<p>ascii</p>"), Ok(("<p>ascii</p>", &[]))),
    ])
    .await;
}
