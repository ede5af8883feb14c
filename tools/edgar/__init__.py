"""EDGAR over the network: companies by name, facts as JSON, filings as complete submissions.

Everything that is fetched lies in a folder that mirrors EDGAR's own addresses; `fetch` is the way
in.
"""
