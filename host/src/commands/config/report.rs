//! What `komainu config check` prints: findings, and how long things take at worst.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::line;
use crate::config::{Cluster, Figures, Finding, PlanFigures, Severity, Site, seconds};

/// A checked file.
pub(super) struct Report<'c> {
    /// Where it is.
    pub(super) path: &'c Path,
    /// What was found in it.
    pub(super) findings: &'c [Finding],
    /// What it says, if it can be used.
    pub(super) site: Option<&'c Site>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FindingLine<'c> {
    severity: &'static str,
    id: String,
    line: usize,
    column: usize,
    field: &'c str,
    text: &'c str,
    remedy: &'c str,
}

#[derive(Serialize)]
struct Summary<'c> {
    summary: Totals<'c>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Totals<'c> {
    file: String,
    errors: usize,
    warnings: usize,
    clusters: Vec<ClusterFigures<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan<'c>>,
}

/// The plan of the connector that carries it out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Plan<'c> {
    maintenance_seconds: f64,
    own_stop_seconds: f64,
    stop_seconds: f64,
    needed_seconds: f64,
    assumed_runtime_seconds: Option<f64>,
    stages: Vec<PlanStage<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PlanStage<'c> {
    name: &'c str,
    servers: Vec<&'c str>,
    stop_seconds: f64,
    start_seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ClusterFigures<'c> {
    number: u16,
    name: &'c str,
    digest: String,
    detection_seconds: f64,
    worst_case_seconds: f64,
    worst_case_all_at_once_seconds: f64,
    request_budget_seconds: f64,
    servers: Vec<ServerFigures<'c>>,
    services: Vec<ServiceFigures<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ServerFigures<'c> {
    name: &'c str,
    host: u16,
    worst_case_seconds: f64,
    worst_case_silent_seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ServiceFigures<'c> {
    name: &'c str,
    number: u16,
    takeover_seconds: f64,
}

impl<'c> ClusterFigures<'c> {
    fn of(cluster: &'c Cluster) -> Self {
        let figures = Figures::of(cluster);
        let servers = cluster.servers.iter().map(|server| {
            let worst = server.plan.worst_case();
            ServerFigures {
                name: server.name.as_str(),
                host: server.host.get(),
                worst_case_seconds: worst.answering.as_secs_f64(),
                worst_case_silent_seconds: worst.silent.as_secs_f64(),
            }
        });
        let services = cluster.services.iter().map(|service| ServiceFigures {
            name: service.name.as_str(),
            number: service.number.0,
            takeover_seconds: figures.takeover(service).as_secs_f64(),
        });
        Self {
            number: cluster.number,
            name: cluster.name.as_str(),
            digest: cluster.digest().to_string(),
            detection_seconds: figures.detection.as_secs_f64(),
            worst_case_seconds: figures.fencing.as_secs_f64(),
            worst_case_all_at_once_seconds: figures.all.as_secs_f64(),
            request_budget_seconds: cluster.timers.request_budget.duration().as_secs_f64(),
            servers: servers.collect(),
            services: services.collect(),
        }
    }
}

impl<'c> Plan<'c> {
    fn of(figures: PlanFigures<'c>) -> Self {
        let stages = figures.stages.into_iter().map(|stage| PlanStage {
            name: stage.name,
            servers: stage.servers,
            stop_seconds: stage.stop.as_secs_f64(),
            start_seconds: stage.start.as_secs_f64(),
        });
        Self {
            maintenance_seconds: figures.entering.as_secs_f64(),
            own_stop_seconds: figures.own.as_secs_f64(),
            stop_seconds: figures.stop.as_secs_f64(),
            needed_seconds: figures.needed.as_secs_f64(),
            assumed_runtime_seconds: figures.runtime.map(|runtime| runtime.as_secs_f64()),
            stages: stages.collect(),
        }
    }
}

/// The figures of the plan, if there is one.
fn plan(site: &Site) -> Option<PlanFigures<'_>> {
    let number = site.power_connector()?;
    let me = site.connectors.iter().find(|connector| connector.number == number)?;
    PlanFigures::of(site, me)
}

impl Report<'_> {
    /// Errors and warnings.
    fn counts(&self) -> (usize, usize) {
        let error = |finding: &&Finding| matches!(finding.severity, Severity::Error(_));
        let errors = self.findings.iter().filter(error).count();
        (errors, self.findings.len() - errors)
    }

    /// One JSON object per finding, and one for the figures.
    pub(super) fn json(&self) -> String {
        let findings = self.findings.iter().map(|finding| {
            let severity = match finding.severity {
                Severity::Error(_) => "error",
                Severity::Warning(_) => "warning",
            };
            line(&FindingLine {
                severity,
                id: finding.severity.id(),
                line: finding.place.line,
                column: finding.place.column,
                field: &finding.field,
                text: &finding.text,
                remedy: &finding.remedy,
            })
        });
        let mut text: String = findings.collect();
        let (errors, warnings) = self.counts();
        let clusters = self.site.iter().flat_map(|site| &site.clusters);
        let clusters = clusters.map(ClusterFigures::of).collect();
        let file = self.path.display().to_string();
        let plan = self.site.and_then(plan).map(Plan::of);
        let summary = Totals { file, errors, warnings, clusters, plan };
        text.push_str(&line(&Summary { summary }));
        text
    }

    /// Every finding with its id.
    pub(super) fn findings(&self) -> String {
        let path = self.path.display();
        let lines = self.findings.iter();
        lines.map(|finding| format!("{} {path}: {finding}\n", finding.severity.id())).collect()
    }

    /// The figures of every cluster, and how many findings there are.
    pub(super) fn figures(&self) -> String {
        let mut text = String::new();
        for cluster in self.site.iter().flat_map(|site| &site.clusters) {
            // Writing to a text cannot fail.
            let _ = write_cluster(&mut text, cluster);
        }
        if let Some(figures) = self.site.and_then(plan) {
            let _ = write_plan(&mut text, &figures);
        }
        let (errors, warnings) = self.counts();
        let path = self.path.display();
        text.push_str(&format!("{path}: {errors} errors, {warnings} warnings\n"));
        text
    }
}

fn write_cluster(text: &mut String, cluster: &Cluster) -> std::fmt::Result {
    let figures = Figures::of(cluster);
    let (name, number, digest) = (&cluster.name, cluster.number, cluster.digest());
    writeln!(text, "Cluster {name} (number {number}, configuration {digest}), at worst:")?;
    for server in &cluster.servers {
        let worst = server.plan.worst_case();
        writeln!(
            text,
            "  {} is fenced after {} while its BMC answers, after {} if it falls silent",
            server.name,
            seconds(worst.answering),
            seconds(worst.silent)
        )?;
    }
    let (noticed, all) = (seconds(figures.detection), seconds(figures.all));
    writeln!(text, "  a failed host is noticed after {noticed}, or at once by its power")?;
    if figures.all > figures.fencing {
        writeln!(text, "  all but one failing at once are fenced after {all}")?;
    }
    for service in &cluster.services {
        let takeover = seconds(figures.takeover(service));
        writeln!(text, "  {} runs on its next standby {takeover} after a failure", service.name)?;
    }
    Ok(())
}

fn write_plan(text: &mut String, figures: &PlanFigures<'_>) -> std::fmt::Result {
    writeln!(text, "Outage, at worst:")?;
    if !figures.entering.is_zero() {
        writeln!(text, "  maintenance is entered in {}", seconds(figures.entering))?;
    }
    for stage in &figures.stages {
        writeln!(
            text,
            "  stage {} ({}) stops in {}, is back {} after its first server is switched on",
            stage.name,
            stage.servers.join(", "),
            seconds(stage.stop),
            seconds(stage.start)
        )?;
    }
    if !figures.own.is_zero() {
        writeln!(text, "  this machine shuts down in {}", seconds(figures.own))?;
    }
    let (stop, needed) = (seconds(figures.stop), seconds(figures.needed));
    writeln!(text, "  all is down after {stop}; with margin and reserve the plan needs {needed}")?;
    if let Some(runtime) = figures.runtime {
        writeln!(text, "  the batteries are assumed to last {}", seconds(runtime))?;
    }
    Ok(())
}
