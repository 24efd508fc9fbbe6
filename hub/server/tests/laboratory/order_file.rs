//! Orders from a file: what is taken, what is refused by line, and the same file twice.

use lisiere_hub::laboratory::{order_file, orders};
use lisiere_hub::store::order::OrderFilter;

use crate::bench::{NOW, places, technician};

const HEADER: &str = "demande;nom_naissance;premier_prenom;sexe;date_naissance;statut_identite;ins;ins_oid;lieu_naissance;prescripteur;tube;preleve_le;analyses;urgent\n";

fn file(lines: &[&str]) -> Vec<u8> {
    format!("{HEADER}{}", lines.join("\n")).into_bytes()
}

const GOOD: &str = "D-1;Essai-Pommier;Zoé;F;28/03/1979;qualifiée;279035121518989;1.2.250.1.213.1.4.10;75056;Dr Paul DURAND;T-1;21/09/2026 08:10;GLU K;oui";
const SECOND_TUBE: &str = "D-1;Essai-Pommier;Zoé;F;28/03/1979;qualifiée;279035121518989;1.2.250.1.213.1.4.10;75056;Dr Paul DURAND;T-2;21/09/2026 08:10;HB;oui";
const OTHER: &str = "D-2;Essai-Poirier;Ève;F;1990-05-17;;;;;;T-3;;CRP;";

#[tokio::test]
async fn a_file_is_taken_once() {
    for place in places().await {
        let bytes = file(&[GOOD, SECOND_TUBE, OTHER]);
        let first = order_file::import(&place.lab, &bytes, &technician(), NOW)
            .await
            .expect("import");
        assert_eq!(
            (
                first.registered.len(),
                first.unchanged,
                first.problems.len()
            ),
            (2, 0, 0),
            "{}: {first:?}",
            place.name
        );
        let again = order_file::import(&place.lab, &bytes, &technician(), NOW)
            .await
            .expect("import");
        assert_eq!(
            (
                again.registered.len(),
                again.unchanged,
                again.problems.len()
            ),
            (0, 2, 0),
            "{}",
            place.name
        );
        let (rows, count) = orders::list(&place.lab, OrderFilter::default(), "", 0, 50)
            .await
            .expect("list");
        assert_eq!((rows.len(), count), (2, 2));
        let found = orders::find(&place.lab, "T-2")
            .await
            .expect("search")
            .expect("found by its tube");
        assert_eq!(found.request_number.as_deref(), Some("D-1"));
        assert_eq!(found.counts.tests, 3);
        let (rows, _) = orders::list(&place.lab, OrderFilter::default(), "pommier", 0, 50)
            .await
            .expect("list");
        assert_eq!(rows.len(), 1, "{}: found by name", place.name);
    }
}

#[tokio::test]
async fn every_bad_line_is_named_and_its_order_left_out_whole() {
    for place in places().await {
        let bytes = file(&[
            "D-3;Essai;Un;F;1990-05-17;;;;;;T-31;;GLU;",
            "D-3;Essai;Un;F;1990-05-17;;;;;;T-32;;XYZ;",
            "D-4;Essai;Deux;X;17-05-1990;;;;;;T-41;hier;GLU;peut-être",
            "D-5;Essai;Trois;F",
            ";Essai;Quatre;F;1990-05-17;;;;;;T-61;;GLU;",
            OTHER,
        ]);
        let done = order_file::import(&place.lab, &bytes, &technician(), NOW)
            .await
            .expect("import");
        assert_eq!(done.registered.len(), 1, "{}: {done:?}", place.name);
        let lines: Vec<usize> = done.problems.iter().map(|p| p.line).collect();
        for line in [3, 4, 5, 6] {
            assert!(
                lines.contains(&line),
                "{}: line {line} in {:?}",
                place.name,
                done.problems
            );
        }
        let of_four = done.problems.iter().filter(|p| p.line == 4).count();
        assert_eq!(
            of_four, 3,
            "{}: all mistakes of a line: {:?}",
            place.name, done.problems
        );
        assert!(
            done.problems.iter().any(|p| p.sentence.contains("XYZ")),
            "{:?}",
            done.problems
        );
        assert!(
            orders::find(&place.lab, "T-31")
                .await
                .expect("search")
                .is_none(),
            "the good tube of a bad order is not taken"
        );
    }
}

#[tokio::test]
async fn a_changed_line_does_not_change_an_order_silently() {
    for place in places().await {
        order_file::import(&place.lab, &file(&[OTHER]), &technician(), NOW)
            .await
            .expect("import");
        let changed = OTHER.replace(";CRP;", ";GLU;");
        let done = order_file::import(&place.lab, &file(&[&changed]), &technician(), NOW)
            .await
            .expect("import");
        assert_eq!(done.registered.len(), 0);
        assert!(
            done.problems[0].sentence.contains("autre contenu"),
            "{}: {:?}",
            place.name,
            done.problems
        );
    }
}

#[tokio::test]
async fn unknown_columns_are_all_named_and_old_encodings_are_read() {
    for place in places().await {
        let refused = order_file::import(&place.lab, b"demande;nom;tests\n", &technician(), NOW)
            .await
            .expect_err("columns");
        let text = refused.to_string();
        assert!(
            text.contains("[nom, tests]") && text.contains("nom_naissance"),
            "{text}"
        );
        let latin: Vec<u8> = String::from_utf8(file(&[OTHER]))
            .expect("text")
            .chars()
            .map(|c| c as u32 as u8)
            .collect();
        let done = order_file::import(&place.lab, &latin, &technician(), NOW)
            .await
            .expect("Windows-1252");
        assert_eq!(done.registered.len(), 1, "{}: {done:?}", place.name);
        let (rows, _) = orders::list(&place.lab, OrderFilter::default(), "ève", 0, 50)
            .await
            .expect("list");
        assert_eq!(rows.len(), 1, "{}: È is read as È", place.name);
    }
}
