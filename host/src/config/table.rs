//! Every field of the file of all parties.

pub(super) mod appliance;
pub(super) mod bmc;
pub(super) mod calendar;
pub(super) mod cluster;
pub(super) mod connector;
pub(super) mod fence;
pub(super) mod guest;
pub(super) mod notice;
pub(super) mod nut_server;
pub(super) mod power;
pub(super) mod server;
pub(super) mod service;
pub(super) mod ups;

use super::field::{AnyField, Section};

/// The file.
pub(crate) const FILE: Section = Section {
    path: "",
    many: false,
    about: "One file for the connectors and all members; the same on every machine.",
    fields: &[],
    children: &[
        &connector::CONNECTOR,
        &connector::MEMBER,
        &ups::UPS,
        &power::POWER,
        &nut_server::NUT_SERVER,
        &calendar::CALENDAR,
        &notice::MAIL,
        &notice::NOTICE,
        &cluster::CLUSTER,
    ],
    secrets: &[],
    shared: false,
};

/// Every section, each before those below it.
pub(crate) fn sections() -> Vec<&'static Section> {
    fn add(section: &'static Section, to: &mut Vec<&'static Section>) {
        to.push(section);
        section.children.iter().for_each(|child| add(child, to));
    }
    let mut all = Vec::new();
    FILE.children.iter().for_each(|child| add(child, &mut all));
    all
}

/// Every field, with the section that it is in.
pub(crate) fn fields() -> impl Iterator<Item = (&'static Section, &'static dyn AnyField)> {
    sections()
        .into_iter()
        .flat_map(|section| section.fields.iter().map(move |field| (section, *field)))
}
