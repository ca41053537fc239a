"""The tables that are given: Django makes and migrates none of them."""

from django.db import models


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    number = models.IntegerField()

    class Meta:
        managed = False
        db_table = "world"

    def as_dict(self) -> dict[str, int]:
        return {"id": self.id, "number": self.number}


class Fortune(models.Model):
    id = models.IntegerField(primary_key=True)
    message = models.TextField()

    class Meta:
        managed = False
        db_table = "fortune"


class Account(models.Model):
    name = models.TextField(primary_key=True)
    salt = models.TextField()
    password = models.TextField()

    class Meta:
        managed = False
        db_table = "account"
