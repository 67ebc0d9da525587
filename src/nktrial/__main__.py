"""python -m nktrial."""

from nktrial.cli import main

main()
