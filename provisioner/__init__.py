"""An observability platform on AWS that builds itself, proves itself and stays true."""
