//! The integration tests: one binary, a module a feature, on a loopback server that can misbehave.

#![allow(clippy::unwrap_used)]

mod binary;
mod check;
mod clean;
mod conditional;
mod config;
mod crash;
mod explain;
mod fetch;
mod hostile;
mod incremental;
mod measured;
mod opt_out;
mod politeness;
mod promos;
mod properties;
mod robots;
mod rules;
mod run;
mod samples;
mod server;
mod sources;
