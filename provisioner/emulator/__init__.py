"""An AWS of one's own: moto's server, and what moto lacks or gets wrong for this platform's calls.

    with Emulator() as aws:
        boto3.client("kms", endpoint_url=aws.url, region_name="us-east-1", ...)

It is as strict as AWS where that is known: what AWS refuses, ignores or delays, so does this. The requests
of one service are answered by the module of that name; anything else goes to moto. Where a behaviour is
from memory rather than documented, the code says "believed".
"""

from provisioner.emulator.door.server import Emulator

__all__ = ["Emulator"]
