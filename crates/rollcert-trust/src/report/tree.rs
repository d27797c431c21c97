use core::fmt;

/// A line, further lines that belong to it, and what hangs below.
#[derive(Debug, Default)]
pub(crate) struct Node {
    line: String,
    more: Vec<String>,
    children: Vec<Self>,
}

impl Node {
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            ..Self::default()
        }
    }

    /// Adds a line that belongs to it.
    pub(crate) fn add(&mut self, line: impl Into<String>) {
        self.more.push(line.into());
    }

    /// Hangs something below.
    pub(crate) fn hang(&mut self, child: Self) {
        self.children.push(child);
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        writeln!(f, "{}", self.line)?;
        let stem = if self.children.is_empty() {
            "   "
        } else {
            "│  "
        };
        for line in &self.more {
            writeln!(f, "{indent}{stem}{line}")?;
        }
        let last = self.children.len().saturating_sub(1);
        for (index, child) in self.children.iter().enumerate() {
            let (branch, stem) = if index == last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            write!(f, "{indent}{branch}")?;
            // Four levels at most: an explanation, a heading, a certificate, a detail.
            child.write(f, &format!("{indent}{stem}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_stems_and_ends_line_up() {
        let mut inner = Node::new("b");
        inner.add("more of b");
        inner.hang(Node::new("c"));
        let mut outer = Node::new("a");
        outer.add("more of a");
        outer.hang(inner);
        let mut end = Node::new("d");
        end.add("more of d");
        outer.hang(end);
        let expected = "a\n│  more of a\n├─ b\n│  │  more of b\n│  └─ c\n└─ d\n      more of d\n";
        assert_eq!(outer.to_string(), expected);
    }
}
