"""Training of the models: on request (`./submit.sh train`), or automatically as days are added."""
