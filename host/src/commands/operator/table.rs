//! Columns for people.

/// Rows of cells, the first one with their names.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(names: [&str; N]) -> Self {
        Self { rows: vec![names.map(str::to_owned).to_vec()] }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The lines, indented; nothing where there are no rows.
    pub(super) fn lines(&self) -> String {
        if self.rows.len() < 2 {
            return String::new();
        }
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("  {cell:width$}"));
            cells.collect::<String>().trim_end().to_owned() + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

/// How long ago something was, from its milliseconds.
pub(super) fn age(ms: Option<u64>) -> String {
    match ms {
        None => "never".to_owned(),
        Some(ms) if ms < 10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        Some(ms) if ms < 600_000 => format!("{} s", ms / 1000),
        Some(ms) if ms < 36_000_000 => format!("{} min", ms / 60_000),
        Some(ms) if ms < 864_000_000 => format!("{} h", ms / 3_600_000),
        Some(ms) => format!("{} d", ms / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_names() {
        let mut table = Table::new(["HOST", "POWER"]);
        assert_eq!(table.lines(), "");
        table.row(["node-with-a-name".to_owned(), "on".to_owned()]);
        assert_eq!(table.lines(), "  HOST              POWER\n  node-with-a-name  on\n");
    }

    #[test]
    fn ages_have_the_unit_that_says_most() {
        let ages = [None, Some(40), Some(9_999), Some(599_999), Some(600_000), Some(864_000_000)];
        let told = ["never", "0.0 s", "9.9 s", "599 s", "10 min", "10 d"];
        assert_eq!(ages.map(age), told);
    }
}
