#![allow(clippy::all, reason="probe")]
mod common; mod suites;
use suites::limbo::{self, Expected};
use rollcert_trust::Policy;
#[test] fn probe() {
    for (n,p) in [("partner",Policy::partner()),("webpki",Policy::webpki())] {
        let (mut fa,mut fr)=(0,0);
        for case in limbo::core().unwrap() {
            let o = case.evaluate(&p, None);
            if o.verdict()!=case.expected { if case.expected==Expected::Failure {fa+=1; eprintln!("L {n} FA {}", case.id);} else {fr+=1; eprintln!("L {n} FR {} {}", case.id, o.explained());} }
        }
        eprintln!("L {n} fa {fa} fr {fr}");
        let (mut fa,mut fr)=(0,0);
        for case in limbo::bettertls().unwrap() {
            let o = case.evaluate(&p, None);
            if o.verdict()!=case.expected { if case.expected==Expected::Failure {fa+=1; eprintln!("B {n} FA {}", case.id);} else {fr+=1; if fr<6 {eprintln!("B {n} FR {} {}", case.id, o.explained());} } }
        }
        eprintln!("B {n} fa {fa} fr {fr}");
    }
}
