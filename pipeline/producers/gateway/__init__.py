"""The HTTP gateway: `POST /articles`, acknowledged once the cluster has them.

A request's walk: `app` (who asks, is there a turn) -> `body` (bytes, limited) -> `reading` (articles out of them) ->
`sender` (onto the topic, acknowledged) -> the answer, of `receipt`.
"""
