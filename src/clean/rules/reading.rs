//! Reading rules: from tables to rules ready for use, with errors that name the rule and the key.

use std::path::Path;

use serde::de::value::Error as FieldsError;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use toml::{Table, Value};
use url::Host;

use crate::clean::phrases::{Kinds, PHRASES};
use crate::clean::signals::{Signals, VOCABULARY};
use crate::nearest::{hint, nearest};

use super::selector::Steps;
use super::wording::Wordings;
use super::{Action, Ready, Rule, RuleError, Rules};

/// Reads the rules of a file; `origin` is its path when it is the user's.
pub(super) fn rules(tables: Vec<Table>, origin: Option<&Path>) -> Result<Rules, RuleError> {
    let mut rules: Vec<Ready> = Vec::new();
    for (place, table) in tables.into_iter().enumerate() {
        let given = table.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = given.map_or_else(|| format!("#{}", place + 1), str::to_owned);
        let unsound = |problem| RuleError::Unsound { rule: name.clone(), problem };
        if rules.iter().any(|ready| ready.rule.name == name) {
            return Err(unsound("is there twice; give each rule a name of its own".to_owned()));
        }
        let rule = rule(table).map_err(unsound)?;
        let rule = Rule { name: name.clone(), origin: origin.map(Path::to_owned), ..rule };
        rules.push(ready(rule).map_err(unsound)?);
    }
    Ok(Rules { rules })
}

/// A rule from its table. Errors end a sentence that begins with the name of the rule.
fn rule(table: Table) -> Result<Rule, String> {
    let keys = keys();
    if let Some(key) = table.keys().find(|key| !keys.contains(&key.as_str())) {
        return Err(format!("has the unknown key `{key}`{}", hint(nearest(key, keys.iter().copied()))));
    }
    let whole = Table::clone(&table);
    Rule::deserialize(Value::Table(table)).map_err(|error| {
        // Only a single key is at fault, and the message alone does not always say which.
        let at_fault = whole.into_iter().find(|(key, value)| !fits(key, value));
        let key = at_fault.map(|(key, _)| format!("`{key}`: ")).unwrap_or_default();
        format!("can't be read: {key}{}", error.message())
    })
}

/// Whether a rule may have this value under this key.
fn fits(key: &str, value: &Value) -> bool {
    let mut table = Table::from_iter([("action".to_owned(), Value::String("drop".to_owned()))]);
    table.insert(key.to_owned(), value.clone());
    Rule::deserialize(Value::Table(table)).is_ok()
}

/// The keys that a rule may have.
fn keys() -> &'static [&'static str] {
    struct Fields<'k>(&'k mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Fields<'_> {
        type Error = FieldsError;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, FieldsError> {
            *self.0 = fields;
            Err(FieldsError::custom("only the names of the fields are wanted"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, FieldsError> {
            Err(FieldsError::custom("a rule is a struct"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields: &[&str] = &[];
    // The error is how it ends.
    let _ = Rule::deserialize(Fields(&mut fields));
    fields
}

/// A rule ready for use.
fn ready(mut rule: Rule) -> Result<Ready, String> {
    for host in &mut rule.hosts {
        *host = known_host(host)?;
    }
    let mut phrases = Kinds::default();
    for name in &rule.phrases {
        let unknown = || {
            let known = PHRASES.names().iter().map(String::as_str);
            format!("has the unknown kind `{name}` in `phrases`{}", hint(nearest(name, known)))
        };
        phrases.0 |= PHRASES.kind(name).ok_or_else(unknown)?.0;
    }
    let mut signals = Signals::default();
    for name in &rule.signals {
        let unknown = || {
            let known = VOCABULARY.names().iter().map(String::as_str);
            format!("has the unknown group `{name}` in `signals`{}", hint(nearest(name, known)))
        };
        signals.insert_all(VOCABULARY.group(name).ok_or_else(unknown)?);
    }
    let wordings = Wordings::new(&rule.words, rule.words_at)?;
    let selector = rule.selector.as_deref().map(Steps::parse).transpose()?;
    let asks_of_block = !rule.phrases.is_empty()
        || !rule.words.is_empty()
        || !rule.signals.is_empty()
        || !rule.elements.is_empty()
        || rule.under_media.is_some()
        || rule.repeated;
    match (rule.action, &selector) {
        (Action::Body, None) => Err("says where the `body` is; give it a `selector`".to_owned()),
        (Action::Body, Some(_)) if asks_of_block => {
            Err("says where the `body` is; it takes a `selector` and `hosts` alone".to_owned())
        }
        (_, None) if !asks_of_block => {
            Err("asks for nothing; give it `words`, a `selector`, `phrases`, `signals` or `elements`"
                .to_owned())
        }
        _ => Ok(Ready { rule, phrases, wordings, signals, selector }),
    }
}

/// A host as URLs have it.
fn known_host(host: &str) -> Result<String, String> {
    let bad = || {
        format!(
            "has the bad host `{host}` in `hosts`; write it like \"example.org\", which means its subdomains too"
        )
    };
    match Host::parse(host) {
        Ok(known) if !host.contains('*') => Ok(known.to_string()),
        _ => Err(bad()),
    }
}
