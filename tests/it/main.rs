//! The integration tests: one binary, a module a feature, on a loopback server that can misbehave.

#![allow(clippy::unwrap_used)]

mod accounts;
mod archives;
mod binary;
mod check;
mod clean;
mod command_line;
mod conditional;
mod config;
mod crash;
mod doctor;
mod examples;
mod explain;
mod fetch;
mod fleet;
mod hostile;
mod incremental;
mod init;
mod measured;
mod opt_out;
mod outputs;
mod politeness;
mod promos;
mod properties;
mod report;
mod robots;
mod rules;
mod run;
mod samples;
mod scope;
mod server;
mod sources;
