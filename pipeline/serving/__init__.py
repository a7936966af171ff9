"""What the HTTP services share: the life of a server, who may ask, how errors are told. Starlette on uvicorn."""
