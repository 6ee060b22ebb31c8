//! All that PowerShell is told, and how it reaches it. What is decided, and how the answers are
//! read, is elsewhere; whatever comes from outside stands in a script as a quoted text only.

/// Before each script: an error ends it, nothing but the answer is printed, and that in UTF-8
/// where there is a console to set that for.
const BEGIN: &str = "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; \
                     try { [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false) } \
                     catch { }; ";
/// Before those about a failover cluster.
const FAILOVER: &str = "Import-Module FailoverClusters; ";
/// Prints every guest as JSON; a list also when there is one, or none.
const GUESTS: &str = "ConvertTo-Json -Compress -InputObject @(Get-VM | ForEach-Object { @{ \
                      id = $_.Id.ToString(); name = $_.Name; state = $_.State.ToString(); \
                      start = $_.AutomaticStartAction.ToString() } })";
/// Prints every node as JSON, likewise.
const NODES: &str = "ConvertTo-Json -Compress -InputObject @(Get-ClusterNode | ForEach-Object { \
                     @{ name = $_.Name; state = $_.State.ToString() } })";
/// Prints as JSON whether the cluster runs here.
const CLUSTER_RUNS: &str = "ConvertTo-Json -Compress -InputObject \
                            @{ running = ((Get-Service ClusSvc).Status -eq 'Running') }";

/// PowerShell on this machine. On Windows it is where Windows has put it, and not whatever a folder
/// of the search path has under its name.
pub(crate) fn here() -> String {
    #[cfg(windows)]
    let program = crate::windows::system_program(r"WindowsPowerShell\v1.0\powershell.exe");
    #[cfg(not(windows))]
    let program = std::path::Path::new(ELSEWHERE);
    program.display().to_string()
}

/// PowerShell on a machine that is reached through another command, as every Windows finds it.
pub(crate) const ELSEWHERE: &str = "powershell.exe";

/// What a script has printed, without the mark of its byte order that Windows begins some answers
/// with.
pub(crate) fn answer(output: &str) -> &str {
    output.trim_start_matches('\u{feff}').trim()
}

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script<'a> {
    /// Lists the guests of Hyper-V.
    Guests,
    /// Does that to the guest with this GUID.
    Guest(GuestVerb, &'a str),
    /// Lists the nodes of a failover cluster.
    Nodes,
    /// Tells whether the failover cluster runs.
    ClusterRuns,
    /// Does that with each of these nodes.
    EachNode(NodeVerb, &'a [String]),
    /// Stops the whole failover cluster.
    StopCluster,
    /// Starts the whole failover cluster.
    StartCluster,
}

/// What is done to a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuestVerb {
    /// Has its system shut down. Unsaved work is not in the way: an outage waits for nobody.
    Stop,
    /// Switches it off.
    TurnOff,
    /// Saves its memory.
    Save,
    /// Starts it.
    Start,
    /// Ends with 1 unless its heartbeat is there.
    Heartbeat,
}

/// What is done with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeVerb {
    /// No role comes to it.
    Suspend,
    /// And its roles move away first.
    Drain,
    /// Roles may come to it.
    Resume,
    /// And those that were moved away come back.
    FailBack,
}

impl Script<'_> {
    /// The command line, for a PowerShell of that name or path. The script is given as Base64, so
    /// that nothing on the way reads it.
    pub(crate) fn argv(self, program: &str) -> Vec<String> {
        let utf16: Vec<u8> = self.text().encode_utf16().flat_map(u16::to_le_bytes).collect();
        let fixed = [
            program,
            "-NoLogo",
            "-NoProfile",
            "-NonInteractive",
            // Errors as text, also where it would write them as objects.
            "-OutputFormat",
            "Text",
            "-EncodedCommand",
        ];
        fixed.map(str::to_owned).into_iter().chain([base64(&utf16)]).collect()
    }

    /// Its text.
    fn text(self) -> String {
        let script = match self {
            Self::Guests => GUESTS.to_owned(),
            Self::Guest(verb, id) => format!("Get-VM -Id {} | {}", quoted(id), verb.text()),
            Self::Nodes => format!("{FAILOVER}{NODES}"),
            Self::ClusterRuns => CLUSTER_RUNS.to_owned(),
            Self::EachNode(verb, nodes) => {
                let names: Vec<_> = nodes.iter().map(|name| quoted(name)).collect();
                let (names, verb) = (names.join(", "), verb.text());
                // One that fails keeps the others from nothing, and is told of in the end.
                format!(
                    "{FAILOVER}$wrong = @(); foreach ($n in @({names})) {{ \
                     try {{ {verb} | Out-Null }} catch {{ $wrong += \"${{n}}: $_\" }} }}; \
                     if ($wrong) {{ throw ($wrong -join '; ') }}"
                )
            }
            Self::StopCluster => format!("{FAILOVER}Stop-Cluster -Force"),
            Self::StartCluster => format!("{FAILOVER}Start-Cluster | Out-Null"),
        };
        format!("{BEGIN}{script}")
    }
}

impl GuestVerb {
    const fn text(self) -> &'static str {
        match self {
            Self::Stop => "Stop-VM -Force -Confirm:$false",
            Self::TurnOff => "Stop-VM -TurnOff -Force -Confirm:$false",
            Self::Save => "Save-VM -Confirm:$false",
            Self::Start => "Start-VM -Confirm:$false",
            Self::Heartbeat => {
                "ForEach-Object { if ($_.Heartbeat.ToString() -notlike 'Ok*') { exit 1 } }"
            }
        }
    }
}

impl NodeVerb {
    const fn text(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend-ClusterNode -Name $n",
            Self::Drain => "Suspend-ClusterNode -Name $n -Drain -Wait",
            Self::Resume => "Resume-ClusterNode -Name $n -Failback NoFailback",
            Self::FailBack => "Resume-ClusterNode -Name $n -Failback Immediate",
        }
    }
}

/// A text in single quotes, inside of which nothing has a meaning but they themselves; PowerShell
/// takes the typographic ones for the same.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('\'');
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201B}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let all = all << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = all >> (18 - 6 * place) & 63;
            text.push(if place > chunk.len() { '=' } else { DIGITS[digit as usize].into() });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let encoded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts.map(|text| base64(text.as_bytes())), encoded);
    }

    #[test]
    fn an_answer_is_what_stands_behind_the_mark() {
        assert_eq!(answer("\u{feff}[]\r\n"), "[]");
    }

    #[test]
    fn no_name_gets_out_of_its_quotes() {
        assert_eq!(quoted("node1"), "'node1'");
        assert_eq!(quoted("o'brien $(x) `n \"y\""), "'o''brien $(x) `n \"y\"'");
        assert_eq!(quoted("a\u{2019}; Stop-Cluster #"), "'a\u{2019}\u{2019}; Stop-Cluster #'");
    }

    #[test]
    fn a_script_begins_alike_and_names_what_it_is_about() {
        let nodes = ["a".to_owned(), "b".to_owned()];
        for (script, end) in [
            (Script::Guest(GuestVerb::Save, "7c9e"), "Get-VM -Id '7c9e' | Save-VM -Confirm:$false"),
            (
                Script::EachNode(NodeVerb::Suspend, &nodes),
                "$wrong = @(); foreach ($n in @('a', 'b')) { \
                 try { Suspend-ClusterNode -Name $n | Out-Null } \
                 catch { $wrong += \"${n}: $_\" } }; \
                 if ($wrong) { throw ($wrong -join '; ') }",
            ),
            (Script::StopCluster, "Stop-Cluster -Force"),
        ] {
            let text = script.text();
            assert!(text.starts_with(BEGIN) && text.ends_with(end), "{text}");
        }
    }

    #[test]
    fn a_script_reaches_powershell_as_utf_16_in_base64() {
        let argv = Script::Guests.argv("pwsh");
        assert_eq!((argv.len(), argv[0].as_str()), (8, "pwsh"));
        // The first letters of the first script: $Err.
        assert!(argv[7].starts_with("JABFAHIAcg"), "{}", argv[7]);
    }
}
