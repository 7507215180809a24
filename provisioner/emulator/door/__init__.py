"""Where requests come in: HTTP, wire protocols, faults on demand, the control API, and who answers what."""
