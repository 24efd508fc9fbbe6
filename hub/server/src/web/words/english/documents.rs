//! What the pages say of documents: their conformity, the letterhead, reports of other laboratories.

/// French, English.
pub(super) const TABLE: &[(&str, &str)] = &[
    (
        "‼ Ce compte rendu ne peut être ni signé ni envoyé",
        "‼ This report can be neither signed nor sent",
    ),
    (
        "Les documents ne seraient pas conformes. Rien n'est perdu : les résultats gardent leur validation et le dossier attend ici.",
        "Its documents would not conform. Nothing is lost: the results keep their review and the order waits here.",
    ),
    ("À faire :", "To do:"),
    ("à citer :", "to quote:"),
    ("{} remarque de conformité", "{} remark on conformity"),
    ("{} remarques de conformité", "{} remarks on conformity"),
    ("Identité et en-tête", "Identity and letterhead"),
    ("Logo", "Logo"),
    (
        "PNG ou JPEG, 100 Ko et 2000 points de côté au plus ; imprimé sur 4,6 × 1,8 cm",
        "PNG or JPEG, 100 kB and 2000 dots a side at most; printed on 4.6 × 1.8 cm",
    ),
    ("Logo actuel", "Present logo"),
    ("retirer le logo", "remove the logo"),
    ("Aperçu en pleine page", "Preview as a whole page"),
    ("Aperçu en PDF", "Preview as PDF"),
    (
        "Patient et résultats fictifs. L'aperçu suit la saisie ; rien n'est encore enregistré.",
        "Fictitious patient and results. The preview follows what is typed; nothing is saved yet.",
    ),
    (
        "L'aperçu n'est pas disponible : vérifier que la session est ouverte. La saisie n'est pas perdue.",
        "The preview is not available: check that the session is open. What was typed is not lost.",
    ),
    (
        "Patient et résultats fictifs.",
        "Fictitious patient and results.",
    ),
    ("logo modifié", "logo changed"),
    ("compte rendu reçu", "report received"),
    ("compte rendu reçu rattaché", "received report attached"),
    ("compte rendu reçu écarté", "received report set aside"),
];
