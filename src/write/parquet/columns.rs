//! Articles as columns. The README documents them; whoever changes one breaks the queries of others.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::article::Article;
use crate::state::page::point_in_time;

/// What the items of a list are called, as the specification of Parquet has it.
const ITEM: &str = "element";

/// The zone of all times.
const ZONE: &str = "UTC";

/// A file of columns, as long as it grows.
pub(super) struct Columns<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> Columns<W> {
    /// Begins a file.
    pub(super) fn new(writer: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("pressclip ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let schema = batch(&[])?.schema();
        Ok(Self(ArrowWriter::try_new(writer, schema, Some(properties)).map_err(cause)?))
    }

    /// Adds a row for each article.
    pub(super) fn put(&mut self, articles: &[Article]) -> io::Result<()> {
        if articles.is_empty() {
            return Ok(());
        }
        self.0.write(&batch(articles)?).map_err(cause)
    }

    /// Writes what tells readers where everything is.
    pub(super) fn finish(self) -> io::Result<()> {
        self.0.close().map(drop).map_err(cause)
    }
}

/// What went wrong with the file, so that a full disk is known as one.
fn cause(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

/// The columns of some articles.
fn batch(articles: &[Article]) -> io::Result<RecordBatch> {
    let rows = Rows(articles);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("source", rows.text(|article| Some(&article.source))),
        ("url", rows.text(|article| article.url.as_deref())),
        ("canonical_url", rows.text(|article| article.canonical_url.as_deref())),
        ("kind", rows.text(|article| Some(article.kind.name()))),
        (
            "confidence",
            Arc::new(Float32Array::from_iter_values(articles.iter().map(|article| article.confidence))),
        ),
        ("title", rows.text(|article| article.title.as_deref())),
        ("dek", rows.text(|article| article.dek.as_deref())),
        ("authors", rows.list(|article| &article.authors)),
        ("published", rows.time(|article| article.published.as_deref())),
        ("published_text", rows.text(|article| article.published.as_deref())),
        ("published_raw", rows.text(|article| article.published_raw.as_deref())),
        ("modified", rows.time(|article| article.modified.as_deref())),
        ("modified_text", rows.text(|article| article.modified.as_deref())),
        ("site", rows.text(|article| article.site.as_deref())),
        ("language", rows.text(|article| article.language.as_deref())),
        ("section", rows.text(|article| article.section.as_deref())),
        ("tags", rows.list(|article| &article.tags)),
        ("image", rows.text(|article| article.image.as_deref())),
        ("images", rows.images()),
        ("paywalled", Arc::new(BooleanArray::from_iter(articles.iter().map(|article| article.paywalled)))),
        ("body", rows.text(|article| Some(&article.body))),
        (
            "word_count",
            Arc::new(Int64Array::from_iter_values(articles.iter().map(|article| whole(article.word_count)))),
        ),
        ("blocks", rows.blocks()),
        ("fetched_at", rows.time(|article| article.fetched_at.as_deref())),
        ("status", rows.number(|article| article.status.map(i32::from))),
        ("etag", rows.text(|article| article.etag.as_deref())),
        ("last_modified", rows.text(|article| article.last_modified.as_deref())),
        ("robots", rows.text(|article| article.robots.as_deref())),
        ("opt_out", rows.text(|article| article.opt_out.as_deref())),
        (
            "revision",
            rows.number(|article| {
                article.revision.map(|revision| i32::try_from(revision).unwrap_or(i32::MAX))
            }),
        ),
        ("duplicate_of", rows.text(|article| article.duplicate_of.as_deref())),
        ("content_hash", rows.text(|article| article.content_hash.as_deref())),
        ("notes", rows.list(|article| &article.notes)),
    ];
    let field = |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema: SchemaRef = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect())
        .map_err(io::Error::other)
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Articles as rows.
struct Rows<'a>(&'a [Article]);

impl<'a> Rows<'a> {
    fn text(&self, value: impl Fn(&'a Article) -> Option<&'a str>) -> ArrayRef {
        Arc::new(StringArray::from_iter(self.0.iter().map(value)))
    }

    fn number(&self, value: impl Fn(&Article) -> Option<i32>) -> ArrayRef {
        Arc::new(Int32Array::from_iter(self.0.iter().map(value)))
    }

    /// Points in time; a date alone is its first moment.
    fn time(&self, value: impl Fn(&'a Article) -> Option<&'a str>) -> ArrayRef {
        let times = self.0.iter().map(|article| value(article).and_then(point_in_time));
        let column =
            TimestampMicrosecondArray::from_iter(times.map(|time| time.map(|time| time.as_microsecond())));
        Arc::new(column.with_timezone(ZONE))
    }

    fn list(&self, values: impl Fn(&'a Article) -> &'a [String]) -> ArrayRef {
        let mut builder =
            ListBuilder::new(StringBuilder::new()).with_field(Field::new(ITEM, DataType::Utf8, true));
        for article in self.0 {
            builder.append_value(values(article).iter().map(Some));
        }
        Arc::new(builder.finish())
    }

    /// A list of pictures, each with what is known about it.
    fn images(&self) -> ArrayRef {
        let images = || self.0.iter().flat_map(|article| &article.images);
        let columns: Vec<(&str, StringArray)> = vec![
            ("url", images().map(|image| Some(image.url.as_str())).collect()),
            ("alt", images().map(|image| image.alt.as_deref()).collect()),
            ("caption", images().map(|image| image.caption.as_deref()).collect()),
            ("credit", images().map(|image| image.credit.as_deref()).collect()),
            ("file", images().map(|image| image.file.as_deref()).collect()),
        ];
        let fields: Fields =
            columns.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, true)).collect();
        let arrays = columns.into_iter().map(|(_, column)| Arc::new(column) as ArrayRef).collect();
        let items = StructArray::new(fields, arrays, None);
        let field = Arc::new(Field::new(ITEM, items_type(&items), true));
        let lengths = self.0.iter().map(|article| article.images.len());
        let offsets = OffsetBuffer::from_lengths(lengths);
        Arc::new(ListArray::new(field, offsets, Arc::new(items), None))
    }

    /// The story block by block, as in the record: JSON.
    fn blocks(&self) -> ArrayRef {
        let json = |article: &Article| serde_json::to_string(&article.blocks).expect("blocks are plain data");
        Arc::new(StringArray::from_iter_values(self.0.iter().map(json)))
    }
}

fn items_type(items: &StructArray) -> DataType {
    arrow_array::Array::data_type(items).clone()
}
