//! What the hub answers: notices, problems, alarms.

/// French, English.
pub(super) const TABLE: &[(&str, &str)] = &[
    ("Dossier enregistré.", "Order registered."),
    (
        "Cette demande était déjà enregistrée : le dossier existant est montré.",
        "This request was registered before: the existing order is shown.",
    ),
    ("Validé.", "Reviewed."),
    ("Retenu.", "Held."),
    ("Repasse demandée.", "Repeat requested."),
    (
        "Résultat rejeté ; il reste lisible dans le dossier.",
        "Result rejected; it stays readable in the order.",
    ),
    ("Commentaire enregistré.", "Comment saved."),
    ("Renvoyé à la paillasse.", "Sent back to the bench."),
    (
        "Résultat retiré ; la prochaine version du compte rendu le dira.",
        "Result withdrawn; the next version of the report will say so.",
    ),
    (
        "Compte rendu signé et rendu.",
        "Report signed and released.",
    ),
    (
        "Réglé ; les résultats concernés ont repris leur chemin.",
        "Settled; the results concerned went on their way.",
    ),
    (
        "Écarté ; la trace est gardée.",
        "Set aside; the trace is kept.",
    ),
    ("Boîtier révoqué.", "Appliance revoked."),
    ("Compte enregistré.", "Account saved."),
    (
        "Identité du laboratoire enregistrée.",
        "Identity of the laboratory saved.",
    ),
    (
        "Réglages personnels enregistrés.",
        "Personal settings saved.",
    ),
    ("Analyse annulée.", "Test cancelled."),
    ("La demande n'a pas abouti", "The request failed"),
    (
        "Le concentrateur n'a pas pu traiter la demande.",
        "The hub could not handle the request.",
    ),
    (
        "Rien n'a été enregistré à moitié. Les résultats continuent d'arriver.",
        "Nothing was saved by halves. Results keep coming in.",
    ),
    (
        "Recommencer. Si cela se reproduit, prévenir l'administrateur en citant le numéro ci-dessous.",
        "Try again. If it happens again, tell the administrator and quote the number below.",
    ),
    ("Introuvable", "Not found"),
    (
        "Cette page, ce dossier ou ce document n'existe pas, ou n'existe plus.",
        "This page, order or document does not exist, or no longer exists.",
    ),
    ("Rien n'a été modifié.", "Nothing was changed."),
    (
        "Vérifier l'adresse, ou chercher le dossier par son numéro avec la touche /.",
        "Check the address, or search the order by its number with the / key.",
    ),
    (
        "L'action n'a pas été faite",
        "The action was not carried out",
    ),
    (
        "Revenir à la page : elle montre l'état actuel.",
        "Go back to the page: it shows how things stand.",
    ),
    ("La saisie est à compléter", "The entry needs completing"),
    (
        "Rien n'a été enregistré ; ce qui était saisi est encore dans le formulaire.",
        "Nothing was saved; what was typed is still in the form.",
    ),
    (
        "Revenir en arrière, corriger et valider de nouveau.",
        "Go back, correct it and submit again.",
    ),
    ("La session est terminée", "The session is over"),
    (
        "Il n'y a pas de session ouverte, ou elle s'est terminée faute d'activité.",
        "There is no open session, or it ended for lack of activity.",
    ),
    (
        "Rien n'a été enregistré. Ce qui était saisi est gardé sur ce poste.",
        "Nothing was saved. What was typed is kept on this computer.",
    ),
    (
        "Se connecter, puis rouvrir la page : la saisie s'y retrouve.",
        "Sign in, then open the page again: what was typed is there.",
    ),
    ("Accès non autorisé", "Access refused"),
    (
        "Le rôle de ce compte ne permet pas cette action.",
        "The role of this account does not allow this action.",
    ),
    (
        "Rien n'a été montré ni modifié.",
        "Nothing was shown or changed.",
    ),
    (
        "Demander à une personne habilitée, ou à l'administrateur de changer le rôle.",
        "Ask an authorised person, or ask the administrator to change the role.",
    ),
    ("Formulaire refusé", "Form refused"),
    (
        "Ce formulaire ne vient pas d'une page ouverte dans cette session.",
        "This form does not come from a page opened in this session.",
    ),
    ("Rien n'a été enregistré.", "Nothing was saved."),
    (
        "Rouvrir la page et valider de nouveau.",
        "Open the page again and submit again.",
    ),
    ("Formulaire illisible", "Form unreadable"),
    (
        "Le formulaire est arrivé incomplet.",
        "The form arrived incomplete.",
    ),
    (
        "Revenir en arrière et valider de nouveau.",
        "Go back and submit again.",
    ),
    ("Fichier trop grand", "File too large"),
    (
        "Un fichier ne peut dépasser 8 Mo.",
        "A file may not exceed 8 MB.",
    ),
    (
        "Couper le fichier en plusieurs et les importer l'un après l'autre.",
        "Cut the file into several and import them one after the other.",
    ),
    (
        "Aucun résultat n'est choisi : choisir la ligne, puis l'action.",
        "No result is chosen: choose the line, then the action.",
    ),
    (
        "Plusieurs résultats sont choisis : cette action porte sur un seul.",
        "Several results are chosen: this action is about one.",
    ),
    (
        "Pour révoquer, écrire le nom du boîtier dans le champ de confirmation.",
        "To revoke, write the appliance's name in the confirmation field.",
    ),
    (
        "La base refuse d'écrire : les messages attendent sur les boîtiers, rien n'est perdu. Vérifier le disque du serveur.",
        "The database refuses to write: messages wait on the appliances, nothing is lost. Check the server's disk.",
    ),
    (
        "Le concentrateur n'est pas relié à son serveur MQTT : les messages attendent sur les boîtiers, rien n'est perdu.",
        "The hub is not connected to its MQTT broker: messages wait on the appliances, nothing is lost.",
    ),
    (
        "Des entrées manquent à la fin de la piste.",
        "Entries are missing at the end of the trail.",
    ),
    ("Une entrée manque.", "An entry is missing."),
    (
        "L'entrée ne suit pas celle qui la précède.",
        "The entry does not follow the one before it.",
    ),
    ("L'entrée a été modifiée.", "The entry was edited."),
    (
        "La dernière entrée n'est pas celle qui a été écrite en dernier.",
        "The last entry is not the one that was written last.",
    ),
    (
        "Identifiant ou mot de passe incorrect. Vérifier le verrouillage des majuscules.",
        "Wrong login or password. Check the caps lock.",
    ),
    (
        "Trop d'essais manqués. Réessayer dans {} secondes.",
        "Too many failed attempts. Try again in {} seconds.",
    ),
    (
        "Le mot de passe actuel n'est pas le bon.",
        "The current password is wrong.",
    ),
    ("choisir un fichier CSV", "choose a CSV file"),
    ("Ligne {} :", "Line {}:"),
];
