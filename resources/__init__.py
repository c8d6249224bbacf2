"""What Discern ships that is no program: icons, translations, licences, the pictures of the README."""
