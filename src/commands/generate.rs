//! `pressclip generate`: files for others, made from the command line itself.

use std::path::Path;

use anyhow::Context;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli;
use crate::summary::DONE;
use crate::write::files;

/// Sections of the man page of pressclip that its flags don't tell.
const FILES_AND_CODES: &str = include_str!("generate/man.roff");

pub(super) fn config() -> anyhow::Result<u8> {
    super::print(include_str!("../../config.toml"))?;
    Ok(DONE)
}

/// Prints the man page of pressclip, or writes one for each command into `folder`.
pub(super) fn man(folder: Option<&Path>) -> anyhow::Result<u8> {
    let mut command = cli::command().disable_help_subcommand(true);
    command.build();
    match folder {
        None => super::print(&page(&command)?)?,
        Some(folder) => write_pages(&command, folder)?,
    }
    Ok(DONE)
}

pub(super) fn completions(shell: Shell) -> anyhow::Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), "pressclip", &mut text);
    super::print(&String::from_utf8(text).context("the completions are no text")?)?;
    Ok(DONE)
}

fn write_pages(command: &clap::Command, folder: &Path) -> anyhow::Result<()> {
    let name = Man::new(command.clone()).get_filename();
    files::save(folder, Path::new(&name), page(command)?.as_bytes())?;
    command.get_subcommands().try_for_each(|command| write_pages(command, folder))
}

/// The man page of one command, with its examples before its flags.
fn page(command: &clap::Command) -> anyhow::Result<String> {
    let man = Man::new(command.clone()).manual("pressclip");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if let Some(examples) = command.get_before_help() {
        page.extend(verbatim("EXAMPLES", &examples.to_string()).into_bytes());
    }
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut page = String::from_utf8(page).context("the man page is no text")?;
    if command.get_name() == "pressclip" {
        page += FILES_AND_CODES;
    }
    Ok(page)
}

/// A section whose lines stay as they are, without their heading.
fn verbatim(heading: &str, text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
    let lines: String =
        lines.map(|line| format!("{}\n", line.replace('\\', "\\e").replace('-', "\\-"))).collect();
    format!(".SH {heading}\n.nf\n{lines}.fi\n")
}
