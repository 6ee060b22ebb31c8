//! What a service says: each message has an id, a severity, and a line in `docs/operating.md`.

use std::fmt;

use super::log::unix_ms;
use super::platform::Severity;
use crate::tell::{Notice, Trouble};

/// A message: what happened, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Which message.
    pub(crate) code: Code,
    /// What happened, as a clause without a full stop.
    pub(crate) text: String,
    /// Whom it is about, as names and values for programs.
    pub(crate) about: Vec<(&'static str, String)>,
}

impl Message {
    /// That message, about nobody in particular.
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), about: Vec::new() }
    }

    /// The same message, also about that.
    pub(crate) fn about(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.about.push((name, value.to_string()));
        self
    }
}

impl Message {
    /// What people and programs are told of it.
    pub(super) fn notice(&self) -> Notice {
        let Row { severity, does, advice, .. } = self.code.row();
        let about = self.about.iter().cloned().collect();
        let (id, text) = (self.code.id(), self.text.clone());
        Notice { time_ms: unix_ms(), id, severity, text, does, advice, about }
    }

    /// That somebody could not be told of something.
    pub(super) fn of_trouble(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Mail { to, why } => {
                Self::new(Code::MailFails, format!("mail to {to} cannot be sent: {why}"))
            }
            Trouble::MailWorks { to } => {
                Self::new(Code::MailWorks, format!("mail to {to} is sent"))
            }
            Trouble::Command { program, why } => {
                Self::new(Code::NoticeFailed, format!("{program}: {why}"))
            }
            Trouble::LeftOut { whom, count } => {
                Self::new(Code::NoticesLeftOut, format!("{whom} was not told {count} messages"))
            }
        }
    }
}

impl fmt::Display for Message {
    /// What happened, what Komainu does, what the operator should do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.code.row();
        write!(f, "{}.", self.text)?;
        for more in [row.does, row.advice] {
            if !more.is_empty() {
                write!(f, " {more}")?;
            }
        }
        Ok(())
    }
}

/// What is known of a message before it is said.
pub(crate) struct Row {
    /// Its number.
    pub(crate) number: u16,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What it means.
    #[cfg_attr(not(test), expect(dead_code, reason = "the operating page is held to it"))]
    pub(crate) meaning: &'static str,
    /// What Komainu does now, as a sentence; empty where nothing is to be said.
    pub(crate) does: &'static str,
    /// What the operator should do, likewise.
    pub(crate) advice: &'static str,
}

/// The messages: name, number, severity, meaning, what Komainu does, what to do.
macro_rules! codes {
    ($($name:ident = $number:literal $severity:ident $meaning:literal
        $does:literal $advice:literal;)+) => {
        /// Which message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $($name,)+ }

        impl Code {
            /// All of them, in the order of their numbers.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What is known of it.
            pub(crate) const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        number: $number,
                        severity: Severity::$severity,
                        meaning: $meaning,
                        does: $does,
                        advice: $advice,
                    },)+
                }
            }
        }
    };
}

codes! {
    Started = 200 Information "the service runs" "" "";
    Stopping = 201 Information "the service is ending in good order" "" "";
    Stopped = 202 Information "the service has ended" "" "";
    CutShort = 203 Warning "the service has ended before it was done with stopping"
        "What was not closed ends by its own time-out."
        "";
    Reloaded = 204 Information "the changed configuration counts from now on" "" "";
    ReloadRefused = 205 Error "the changed configuration is wrong"
        "The one before goes on to count."
        "Correct it, check it with `komainu config check`, and reload again.";
    NoAddress = 206 Warning "an interface is up but has no address"
        "It is left out, and used as soon as it has one."
        "Give it an address, or take it down.";
    AddressBack = 207 Information "an interface has an address now, and is used" "" "";
    NotListening = 208 Warning "an address to listen on belongs to no interface"
        "It is tried again every few seconds."
        "Give the address to an interface, or correct the configuration.";
    Listening = 209 Information "an address to listen on is there now" "" "";
    FirstStart = 210 Information "there is no record from an earlier start" "" "";
    RecordCorrupt = 211 Error "a record on the disk is damaged"
        "The last whole one counts; a connector gives no fencing token before every host that is \
         on has reported, and leaves off what it was about to switch on."
        "Look after the disk, and at servers that stay off; put a cluster into maintenance again \
         that was.";
    RecordLost = 212 Error "every record on the disk is damaged"
        "This start begins without one."
        "Look after the disk.";
    NotStored = 213 Error "the record cannot be written"
        "It is tried again every second; nothing that depends on it is sent before."
        "Make room on the disk, or replace it.";
    StoredAgain = 214 Information "the record can be written again" "" "";
    NoHistory = 215 Warning "the history cannot be written"
        "Everything else goes on."
        "Make room on the disk.";
    Order = 216 Information "an operator has given an order" "" "";
    OrderEnded = 217 Information "an operator's order has been answered" "" "";
    NotSent = 218 Warning "a datagram could not be sent"
        "It counts as lost on the way. This is said once a minute."
        "Look at this machine's network and routes.";
    AlertReceived = 219 Information "a hardware manager called the alert command"
        "The power is read at once." "";
    TrapReceived = 220 Information "a BMC sent a trap" "The power is read at once." "";

    Asked = 230 Warning "a host asks for the reset of another" "" "";
    Refused = 231 Warning "a host does not get the reset that it asked for" "" "";
    Fencing = 232 Information "a fencing has come that far" "" "";
    Fenced = 233 Warning "a server is proved off"
        "The standby may take over." "Find out why it failed before it takes part again.";
    FenceFailed = 234 Error "a server could not be fenced: it may be running"
        "Proof that comes later counts. Nothing is taken over without."
        "Look at the server and its BMC. If it is off, say so with `komainu confirm-off`.";
    PowerOn = 235 Information "a server is on" "" "";
    PowerOff = 236 Warning "a server is off" "All hosts are told." "";
    PowerUnknown = 237 Warning "a server's power cannot be read"
        "It counts as neither on nor off." "Look at its BMC.";
    BmcAnswers = 238 Information "a BMC answers" "" "";
    BmcUnknown = 239 Information "a BMC has not been asked yet" "" "";
    BmcSilent = 240 Warning "a BMC is silent"
        "It is asked on. Its server cannot be fenced now."
        "Look at its cable, address and firewall (UDP 623).";
    BmcRefuses = 241 Error "a BMC refuses the login"
        "It is tried again, ever more slowly. Its server cannot be fenced."
        "Correct user and password, and reload.";
    BmcNotPinned = 242 Error "a BMC is not the one that it was"
        "Its server is not fenced, so that no other one is hit."
        "Was the board replaced? Then accept it with `komainu accept-bmc`. Else correct the \
         address.";
    ServerPathLost = 243 Warning "a member is not heard on the reset path"
        "Its path heals by itself." "Look at its member and its network.";
    ServerPathBack = 244 Information "a member is heard on the reset path" "" "";
    ModeNormal = 245 Information "this connector acts" "" "";
    ModeMaintenance = 246 Warning "maintenance holds resets back"
        "Only the operator's are carried out." "End it with `komainu maintenance off`.";
    ModePlan = 247 Warning "a power plan runs" "Resets of hosts in the plan are held back." "";
    ModeStandby = 248 Information "another connector acts, or may act"
        "Requests are refused, sessions are kept warm." "";
    Discarded = 249 Warning "datagrams on the reset path were dropped"
        "They change nothing. This is said once a minute for each cause."
        "If they go on: does every party have the same key, and each cluster its own port?";
    ServerDiffers = 250 Warning "a member has another configuration than the connector"
        "Resets go on; the cluster does not count as ready."
        "Give both the same file, and reload or restart.";
    KeyChanged = 251 Information "all send with another key" "" "";
    LetBe = 252 Warning "a server is not fenced that was to be: it is back, or nobody asks any more"
        "No command is sent to its BMC." "Find out why it was silent for a while.";
    PlannedOff = 253 Information "a server in a power plan is off, or cannot be read"
        "Nobody takes over from it for that." "";

    PeerAlive = 300 Information "a host is heard" "" "";
    PeerSuspect = 301 Warning "a host is not heard any more, or is said to be off"
        "Its reset is asked for where a service needs it." "";
    PeerLeft = 302 Information "a host has left as planned" "" "";
    ResetAsked = 303 Warning "a connector is asked about a host" "" "";
    ResetRefused = 304 Warning "a connector has not given the proof that a host has ended"
        "It is asked again if need be." "";
    PeerFenced = 305 Warning "there is proof that a host has ended" "" "";
    ServiceChanged = 306 Information "a service is in another state here" "" "";
    ServiceWaits = 307 Decision "a service is needed here, but nothing proves that it \
        has ended elsewhere"
        "It waits, and the connectors are asked every 10 s."
        "Look at the other host. If it is off, say so with `komainu confirm-off`.";
    ServiceFailed = 308 Error "a service could not be started, or was found not running"
        "What the configuration says for its failure follows."
        "Look at the service's own log.";
    PeerPathLost = 309 Warning "a monitoring path to a host is lost"
        "The host is heard on another." "Look at that network.";
    PeerPathBack = 310 Information "a monitoring path to a host is back" "" "";
    Frozen = 311 Warning "nothing is taken over here" "It ends with maintenance or plan." "";
    Thawed = 312 Information "services are taken over again" "" "";
    ConnectorLost = 313 Warning "a connector does not answer"
        "It is asked on. No host can be fenced through it." "Look at it and at the network.";
    ConnectorBack = 314 Information "a connector answers" "" "";
    PartyDiffers = 315 Warning "another party has another configuration of the cluster"
        "Failover goes on; the cluster does not count as ready."
        "Give both the same file, and reload or restart.";
    WentBack = 316 Warning "the clock or the store of a host went back"
        "It was heard all the same." "Look at its clock and its disk.";
    MemberDiscarded = 317 Warning "datagrams were dropped"
        "They change nothing. This is said once a minute for each cause."
        "If they go on: does every party have the same key, and each cluster its own port?";
    CommandFailed = 318 Warning "a command of a service failed"
        "" "Its output is in the state folder, under services.";
    HostDown = 319 Error "this host is ended at once"
        "Another host takes its services over when it is fenced."
        "Look for the reason before you start it again.";
    HostStays = 320 Error "this host could not be ended"
        "The connector fences it when it is asked to."
        "End it yourself.";
    ShutDown = 321 Information "this host is shut down as a connector has told it" "" "";
    MailFails = 420 Error "mail cannot be sent"
        "It is tried again, for a day; the history has everything." "Look after the mail server.";
    MailWorks = 421 Information "mail is sent again" "" "";
    NoticeFailed = 422 Error "a command that is told messages failed"
        "" "Look at it: its words are in the message.";
    NoticesLeftOut = 423 Warning "somebody was told too slowly, and missed messages"
        "The history has them." "";
    GuestStopped = 435 Information "a guest has stopped" "" "";
    GuestLastResort = 436 Warning "a guest has not stopped in time"
        "It is switched off, or saved, as configured."
        "Look why it does not obey; a guest agent helps.";
    GuestNotStopped = 437 Error "a guest could not be stopped"
        "It goes down with its host, and is started again with the others."
        "Look after it.";
    GuestKept = 438 Warning "a guest was asked to stop, has not, and need not any more"
        "It is left running; should it stop late, it is started again." "Look whether it works.";
    GuestStarted = 439 Information "a guest has started" "" "";
    GuestNotStarted = 440 Error "a guest could not be started, or was not ready in time"
        "The others go on without it." "Look after it, and start it.";
    GuestBothWays = 441 Warning "a guest is started by the hypervisor and by Komainu"
        "Both do it, in no order."
        "Turn its automatic start off, or give it to the hypervisor in the configuration.";
    GuestNoWay = 442 Warning "a guest is started by nobody"
        "It stays off after an outage."
        "Turn its automatic start on, or give it to Komainu in the configuration.";
    GuestMissing = 443 Warning "a configured guest is unknown to its hypervisor"
        "It is left out." "Correct its name, or take it out of the configuration.";
    GuestStranger = 444 Warning "a guest runs that is in no table and that nobody starts"
        "It goes down with its host, and stays off."
        "Add it to the configuration, or turn its automatic start on.";
    GuestCommandFailed = 445 Warning "a command about a guest failed"
        "It is tried again while there is time." "Its own words are in the message.";
    HypervisorSilent = 446 Error "the hypervisor does not tell how the guests are"
        "Silence is not off: what it said last counts, and it is asked again."
        "Look after it, and at the settings that lead to it.";
    HypervisorBack = 447 Information "the hypervisor tells how the guests are again" "" "";
    UpsOnBattery = 450 Warning "a UPS runs on its battery"
        "After its time of confirmation it is an outage; nothing is stopped before." "";
    UpsOnMains = 451 Information "a UPS is on the mains again" "" "";
    UpsLow = 452 Warning "a UPS calls its battery low, and its charge and runtime agree"
        "What hangs on it is stopped now." "";
    UpsLowDoubted = 453 Warning "a UPS calls its battery low, against its own charge and runtime"
        "It is believed after a time of grace." "Look whether its battery is at its end.";
    UpsOff = 454 Warning "the output of a UPS is off" "It counts as no feed." "";
    UpsUnread = 455 Error "a UPS cannot be read"
        "Silence is no outage: what it said last counts, and on battery its runtime counts down."
        "Look after whoever speaks for it.";
    UpsReadAgain = 456 Information "a UPS is read again" "" "";
    UpsTesting = 457 Information "a UPS tests its battery"
        "Its discharge means nothing for a while." "";
    UpsTested = 458 Information "a UPS has ended the test of its battery" "" "";
    UpsNeedsCare = 459 Error "a UPS wants a new battery, or feeds more than it can"
        "" "Replace the battery, or take load from it.";
    FeedsContradict = 460 Error "a server runs though each of its feeds reads off"
        "No feed counts as proof for it before it reads on."
        "Correct its feeds in the configuration.";
    PlanDoesNotFit = 461 Warning "the plan needs longer than the batteries give"
        "In an outage it begins at once."
        "Shorten what takes long ('komainu plan dry-run' shows it), or add battery.";
    PlanFits = 462 Information "the plan fits the batteries again" "" "";
    PlanBegan = 463 Warning "a plan begins"
        "Nobody is fenced or taken over for what it stops." "";
    StageBegan = 464 Information "a stage of a plan begins" "" "";
    StepInVain = 465 Warning "a step of a plan failed, or took too long"
        "The plan goes on with the next means." "Look into it when all is over.";
    ServerStopped = 466 Information "a server is off, as planned and as read" "" "";
    ServerNotProvedOff = 467 Error "a server could not be proved off"
        "Its power is cut only when the battery is at its end."
        "Look after the server and its BMC.";
    UpsCutting = 468 Warning "a UPS is about to cut its output"
        "The order was read back; a server that reads on before calls it off." "";
    UpsOrderFailed = 469 Error "a UPS does not do what it was told"
        "It is tried again while that makes sense." "Look after whoever speaks for it.";
    LastOne = 470 Warning "this machine goes down, the last one"
        "The plan goes on when it is back." "";
    MainsReturned = 471 Information "the mains are back in the middle of a plan"
        "What still runs keeps running; what has gone down is started." "";
    WaitsForEnergy = 472 Information "servers wait until a battery could carry one more shutdown"
        "They are started then." "'komainu plan return --now' starts them at once.";
    ServerStarting = 473 Information "a server is switched on" "" "";
    ServerBack = 474 Information "a server is back" "" "";
    ServerDropped = 475 Error "a server did not come back in time"
        "The plan goes on without it; its services are taken over by the usual rules."
        "Look after it. When it comes back, its guests are started.";
    MaintenanceEntered = 476 Information "software is in maintenance for a plan" "" "";
    MaintenanceLeft = 477 Information "software is out of maintenance after a plan" "" "";
    MaintenanceFailed = 478 Error "software could not be put into maintenance, or taken out of it"
        "Entering: the plan goes on, and leaves what was entered. Leaving: it is tried again."
        "Look at the message before this one, and at the software.";
    PlanEnded = 479 Information "a plan is over" "" "";
    PlanEndedShort = 480 Error "a plan is over, and not everything has come back"
        "" "'komainu history' tells what has not: look after it.";
    JobFailed = 481 Warning "a command of a plan failed" "" "Its own words are in the message.";
    UpsAccountRefused = 482 Error "a NUT server refuses the account for orders"
        "Its UPSes are read, but not cut."
        "Correct user and password; the user needs 'upsmon secondary', 'instcmds = ALL' and \
         'actions = SET' there.";
    UpsAccountTaken = 483 Information "a NUT server accepts the account for orders" "" "";
    UpsDetail = 484 Information "why exactly a UPS is not read" "" "";
    UpsReaderRestarted = 485 Warning "the reader of a UPS fell silent, and was started again"
        "" "";
    OutagesLost = 486 Error "the list of planned outages cannot be read"
        "It was put aside, and a new one is begun."
        "Order the outages again; pause the calendar again if it was paused.";
    OutageBegins = 487 Warning "a planned outage begins" "Its servers are stopped in order." "";
    OutageMissed = 488 Error "a planned outage could not begin, or its time has passed"
        "It is struck off." "Order it again, or stop servers with 'komainu plan start'.";
    OutageOver = 489 Information "a planned outage is over" "Its servers are started." "";
    NutServing = 490 Information "the NUT server listens" "" "";
    NutNotServing = 491 Error "the NUT server cannot be started"
        "It is tried again. Clients on other machines are told nothing."
        "Look at 'listen', at the certificate, and at who has that port.";
    NutRefused = 492 Warning "clients of the NUT server were refused"
        "This is said once a minute at most." "Correct user and password in their upsmon.conf.";
    NutTold = 493 Warning "upsmon on another machine is told to go down" "" "";
    NutStays = 494 Warning "upsmon was told to go down a minute ago, and is still logged in"
        "The plan goes on." "Look at its log: has it another UPS that counts, or MINSUPPLIES 0?";
}

impl Code {
    /// Its id.
    pub(crate) fn id(self) -> String {
        let row = self.row();
        format!("KMN{}-{}", row.number, row.severity.letter())
    }

    /// Whether the history keeps it: what happened to servers and services, and what operators
    /// ordered.
    pub(crate) const fn is_history(self) -> bool {
        self.row().number >= 216
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_texts_are_sentences() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.row().number < b.row().number));
        for code in Code::ALL {
            let row = code.row();
            for sentence in [row.does, row.advice] {
                let whole = sentence.is_empty() || sentence.ends_with(['.', '?']);
                assert!(whole, "{}: {sentence}", code.id());
            }
            let wants_help = matches!(row.severity, Severity::Error | Severity::Decision);
            assert!(!wants_help || !row.advice.is_empty(), "{} leaves people alone", code.id());
        }
    }

    #[test]
    fn the_operating_page_explains_each() {
        let page = include_str!("../../../docs/operating.md");
        for code in Code::ALL {
            let row = code.row();
            let does = [row.does, row.advice].join(" ");
            let line = format!("| {} | {} | {} |", code.id(), row.meaning, does.trim());
            assert!(page.contains(&line), "missing in docs/operating.md:\n{line}");
        }
    }

    #[test]
    fn a_message_says_what_happens_now() {
        let message = Message::new(Code::NotStored, "the disk is full").about("file", "record.0");
        assert_eq!(
            message.to_string(),
            "the disk is full. It is tried again every second; nothing that depends on it is sent \
             before. Make room on the disk, or replace it."
        );
        assert_eq!(Code::NotStored.id(), "KMN213-E");
        assert_eq!(message.about, [("file", "record.0".to_owned())]);
    }
}
