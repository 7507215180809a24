"""An AWS on this machine: moto's server, and what moto lacks or gets wrong for this platform's calls.

    with Emulator() as aws:
        boto3.client("kms", endpoint_url=aws.url, region_name="us-east-1", ...)

It is as strict as AWS where that is known: it refuses, ignores and delays what AWS does. Each service has a folder
here, or a module in ``others``, and any other service is moto's. Where a behaviour is from memory rather than
documented, the code says "believed".
"""

from provisioner.emulator.door.server import Emulator

__all__ = ["Emulator"]
