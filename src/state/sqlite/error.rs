//! What an error of SQLite means for a run.

use rusqlite::{Error, ErrorCode, ffi};

use crate::state::StateError;

impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        match code(&error) {
            // The shared memory of the log needs room on the disk, too.
            (Some(ErrorCode::DiskFull), _) | (_, Some(ffi::SQLITE_IOERR_SHMSIZE)) => Self::Full(error.into()),
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _) => Self::Damaged(error.into()),
            _ if is_odd_value(&error) => Self::Damaged(error.into()),
            _ => Self::Database(error.into()),
        }
    }
}

fn code(error: &Error) -> (Option<ErrorCode>, Option<i32>) {
    match error {
        Error::SqliteFailure(error, _) => (Some(error.code), Some(error.extended_code)),
        _ => (None, None),
    }
}

/// Whether a value was read that this module never writes.
fn is_odd_value(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
    )
}

/// The error for the value of a column that this module never writes.
pub(super) fn odd(column: usize, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.into())
}
