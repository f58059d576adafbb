"""The declarative tenant file: read, compared with what is stored, written.

Auth0's words (those of auth0-deploy-cli's ``tenant.yaml``) are turned into the house's
here and nowhere else in the command line (decisions 26).
"""
