"""What breaks around Botyard: disks that fill up, locks that are left behind, clients that dawdle."""
