"""An observability platform on AWS that builds itself, proves itself and stays true."""

__version__ = "0.1.0"
