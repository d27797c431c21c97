//! Nothing but the home of the examples; see the folders beside this file.
