"""``python -m baobei_cli`` is ``baobei``."""

from baobei_cli.main import main

main()
