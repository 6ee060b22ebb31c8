//! Fields of the guests of a server.

use komainu_core::guests::{LastResort, Way};
use komainu_core::limits::MAX_GUESTS;

use crate::config::field::{Field, Section};
use crate::config::kind::{Choice, Command, Flag, Group, Guest, List, Time, Uri};

/// By what guests are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// By libvirt.
    Libvirt,
    /// By Hyper-V.
    HyperV,
    /// By something with commands for it.
    Command,
}

const RUNS: [(&str, Runs); 3] =
    [("libvirt", Runs::Libvirt), ("hyper-v", Runs::HyperV), ("command", Runs::Command)];
pub(crate) const BY: Field<Choice<Runs>> = Field::or(
    "by",
    Choice(&RUNS),
    "\"libvirt\"",
    "What runs the guests: \"libvirt\" through virsh, \"hyper-v\" through PowerShell, or \
     \"command\", with the commands below.",
);
pub(crate) const URI: Field<Uri> =
    Field::or("uri", Uri, "\"qemu:///system\"", "Where libvirt is asked.");
pub(crate) const ASK_AGAIN: Field<Time> = Field::or(
    "ask-again",
    Time::new(1_000, 3_600_000),
    "\"30s\"",
    "A guest that has not stopped is asked again after this: it may have been too early in its \
     own start to hear.",
);
pub(crate) const LIST: Field<Command> = Field::maybe(
    "list",
    Command,
    "not for \"command\"",
    "Prints the names of the guests that run, each on a line.",
);
pub(crate) const STOP: Field<Command> = Field::maybe(
    "stop",
    Command,
    "not for \"command\"",
    "Asks a guest to stop. The argument \"{guest}\" stands for its name, here and below.",
);
pub(crate) const KILL: Field<Command> =
    Field::maybe("kill", Command, "not for \"command\"", "Switches a guest off.");
pub(crate) const SAVE: Field<Command> =
    Field::maybe("save", Command, "guests cannot be saved", "Saves a guest, and so ends it.");
pub(crate) const START: Field<Command> =
    Field::maybe("start", Command, "not for \"command\"", "Starts a guest.");
pub(crate) const READY_COMMAND: Field<Command> = Field::maybe(
    "ready",
    Command,
    "a guest is ready as soon as it runs",
    "Tells whether a guest is ready: 0 if it is.",
);

/// What runs the guests of a server.
pub(crate) const SERVER_GUESTS: Section = Section {
    path: "cluster.server.guests",
    many: false,
    about: "What runs the guests of the server.",
    fields: &[&BY, &URI, &ASK_AGAIN, &LIST, &STOP, &KILL, &SAVE, &START, &READY_COMMAND],
    children: &[],
    secrets: &[],
    shared: false,
};

pub(crate) const NAME: Field<Guest> =
    Field::required("name", Guest, "What the hypervisor calls the guest.");
pub(crate) const GROUP: Field<Group> = Field::or(
    "group",
    Group,
    "\"\"",
    "The group in which a plan stops and starts it; without one it goes with all.",
);
pub(crate) const AFTER: Field<List<Guest>> = Field::or(
    "after",
    List::new(Guest, 0, MAX_GUESTS),
    "[]",
    "Guests of the same server that start, and are ready, before it, and stop after it.",
);
const WAYS: [(&str, Way); 2] = [("komainu", Way::Komainu), ("hypervisor", Way::Hypervisor)];
pub(crate) const WAY: Field<Choice<Way>> = Field::or(
    "way",
    Choice(&WAYS),
    "\"komainu\"",
    "Who starts and stops it with its server: \"komainu\", in order, or \"hypervisor\", by its own \
     automatic actions. A guest that has both, or neither, is warned of.",
);
pub(crate) const STOP_LIMIT: Field<Time> = Field::or(
    "stop-limit",
    Time::new(1_000, 3_600_000),
    "\"2m\"",
    "Longest time that it has to stop; then the last resort follows.",
);
pub(crate) const START_LIMIT: Field<Time> = Field::or(
    "start-limit",
    Time::new(1_000, 3_600_000),
    "\"5m\"",
    "Longest time that it has to start; then the others go on without it.",
);
const RESORTS: [(&str, LastResort); 3] =
    [("off", LastResort::Off), ("save", LastResort::Save), ("leave", LastResort::Leave)];
pub(crate) const LAST_RESORT: Field<Choice<LastResort>> = Field::or(
    "last-resort",
    Choice(&RESORTS),
    "\"off\"",
    "What is done to a guest that does not stop: \"off\" switches it off, \"save\" saves it, \
     \"leave\" leaves it to the shutdown of its server.",
);
pub(crate) const READY: Field<Flag> = Field::or(
    "ready",
    Flag,
    "false",
    "Wait until it says that it is ready (its agent, its heartbeat, or the command for that) \
     before those start that come after it.",
);

/// A guest.
pub(crate) const SERVER_GUEST: Section = Section {
    path: "cluster.server.guest",
    many: true,
    about: "A guest of the server.",
    fields: &[&NAME, &GROUP, &AFTER, &WAY, &STOP_LIMIT, &START_LIMIT, &LAST_RESORT, &READY],
    children: &[],
    secrets: &[],
    shared: false,
};
