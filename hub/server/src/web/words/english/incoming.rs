//! What the pages say of reports received from other laboratories.

/// French, English.
pub(super) const TABLE: &[(&str, &str)] = &[
    (
        "Résultats d'autres laboratoires",
        "Results of other laboratories",
    ),
    ("Laboratoire d'origine", "Laboratory of origin"),
    ("Date", "Date"),
    (
        "Trouvés ailleurs, rattachés ici par une personne ; chacun dit son laboratoire d'origine.",
        "Found elsewhere, attached here by a person; each says its laboratory of origin.",
    ),
    (
        "Proposés tels que le document les dit ; rien n'est repris tant que personne n'a rattaché ce compte rendu.",
        "Proposed as the document says them; nothing is taken over until a person has attached this report.",
    ),
    (
        "Sous-traitance de ce dossier",
        "Subcontracted for this order",
    ),
    ("Antériorités du patient", "Earlier results of the patient"),
    ("Résultats du document", "Results of the document"),
    ("Comptes rendus reçus", "Received reports"),
    (
        "D'autres laboratoires ; rien n'est repris sans qu'une personne le décide.",
        "From other laboratories; nothing is taken over unless a person decides it.",
    ),
    ("Recevoir un document", "Take in a document"),
    (
        "CR-Bio N3, N1 ou auto-présentable, 8 Mo au plus",
        "CR-Bio N3, N1 or self-presenting, 8 MB at most",
    ),
    ("Recevoir", "Take in"),
    ("Aucun compte rendu reçu.", "No report received."),
    (
        "Un document reçu d'un autre laboratoire apparaît ici, et attend qu'une personne dise de qui il parle.",
        "A document from another laboratory appears here, and waits until a person says whom it is about.",
    ),
    ("du {}", "of {}"),
    ("à rattacher", "to attach"),
    ("écarté", "set aside"),
    ("sous-traitance", "subcontracted"),
    ("antériorités", "earlier results"),
    ("N1 (PDF seul)", "N1 (PDF only)"),
    ("N3 auto-présentable", "self-presenting N3"),
    ("forme inconnue", "unknown form"),
    ("N3", "N3"),
    ("signature non vérifiée", "signature not verified"),
    ("Copie PDF", "PDF copy"),
    ("Document d'origine", "Original document"),
    ("Établi", "Made"),
    ("Reçu", "Received"),
    ("Décidé par", "Decided by"),
    ("Prénoms", "First names"),
    ("Lieu de naissance", "Place of birth"),
    (
        "Le document ne dit pas lisiblement de qui il parle : lire le texte ou la copie PDF.",
        "The document does not say legibly whom it is about: read the text or the PDF copy.",
    ),
    (
        "Le document passe le contrôle de conformité.",
        "The document passes the conformity check.",
    ),
    (
        "Le document ne passe pas le contrôle de conformité : le lire avec prudence",
        "The document does not pass the conformity check: read it with care",
    ),
    (
        "{} élément codé n'a pas pu être repris : il se lit dans le texte.",
        "{} coded item could not be taken over: it can be read in the text.",
    ),
    (
        "{} éléments codés n'ont pas pu être repris : ils se lisent dans le texte.",
        "{} coded items could not be taken over: they can be read in the text.",
    ),
    (
        "Repris comme résultats de sous-traitance",
        "Taken over as a subcontractor's results",
    ),
    (
        "Repris comme antériorités de ce patient",
        "Taken over as earlier results of this patient",
    ),
    (
        "Une seule décision, inscrite au journal d'audit.",
        "A single decision, entered in the audit trail.",
    ),
    ("Rien n'a été rattaché", "Nothing was attached"),
    (
        "Aucun patient connu n'a cette INS ni ces traits : indiquer un dossier, ou enregistrer d'abord le patient à la réception.",
        "No known patient has this INS or these traits: name an order, or first register the patient at reception.",
    ),
    ("Dossier ou tube", "Order or tube"),
    (
        "nécessaire pour une sous-traitance",
        "needed for subcontracted results",
    ),
    ("Ses résultats servent", "Its results serve as"),
    (
        "d'antériorités du patient",
        "earlier results of the patient",
    ),
    (
        "de résultats de sous-traitance pour le dossier indiqué",
        "a subcontractor's results for the order named",
    ),
    (
        "J'ai comparé l'identité du document et celle du patient : c'est la même personne",
        "I compared the identity in the document with the patient's: it is the same person",
    ),
    (
        "Nécessaire quand l'INS et les traits ne concordent pas tous.",
        "Needed when the INS and the traits do not all agree.",
    ),
    (
        "même INS qualifiée et mêmes traits",
        "same qualified INS and same traits",
    ),
    ("même INS, traits à comparer", "same INS, traits to compare"),
    (
        "mêmes nom, prénom, sexe et date de naissance, sans INS commune",
        "same name, first name, sex and date of birth, no INS in common",
    ),
    ("Écarter ce compte rendu…", "Set this report aside…"),
    (
        "le document reste lisible ici",
        "the document stays readable here",
    ),
    ("Écarter", "Set aside"),
    ("Texte du document", "Text of the document"),
    (
        "Tel que son auteur l'a écrit, sans script ni chargement extérieur.",
        "As its author wrote it, without scripts or anything fetched from outside.",
    ),
    (
        "Ce document n'a pas de texte structuré : sa copie PDF en tient lieu.",
        "This document has no structured text: its PDF copy stands in for it.",
    ),
    (
        "Choisir un compte rendu dans la liste, ou en recevoir un.",
        "Choose a report in the list, or take one in.",
    ),
    (
        "Compte rendu reçu ; il attend d'être rattaché.",
        "Report taken in; it waits to be attached.",
    ),
    (
        "Ce document était déjà reçu : il est montré tel qu'il est connu.",
        "This document had come in already: it is shown as it is known.",
    ),
    (
        "Compte rendu rattaché ; ses résultats gardent leur laboratoire d'origine.",
        "Report attached; its results keep their laboratory of origin.",
    ),
    (
        "Compte rendu écarté ; il reste lisible ici.",
        "Report set aside; it stays readable here.",
    ),
    (
        "L'aperçu demande une identité complète",
        "The preview needs a complete identity",
    ),
];
