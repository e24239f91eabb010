"""What can go wrong for a user: one error type each, one sentence in both languages.

An error carries facts as keyword arguments (a limit, a name), never a finished sentence:

    raise TooLong(length=10_000, limit=200, unit="characters")

    try: ...
    except CoreError as error:
        show(error.message("ja"))
"""

from typing import ClassVar


class CoreError(Exception):
    """Base of every error that a user can meet. `message(lang)` says what happened and what to do."""

    ja: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    def message(self, lang: str) -> str:
        """Return the sentence in `lang` ("ja" or "en"); facts are filled in, never interpreted."""
        template = self.ja if lang == "ja" else self.en
        return template.format_map({name: str(value) for name, value in self.facts.items()})


class EmptyText(CoreError):
    ja = "文が空です。日本語の文を一つ入力してください。"
    en = "The sentence is empty. Please type a sentence."


class TooManyCharacters(CoreError):
    ja = "文が長すぎます({length}文字)。{limit}文字までに短くしてください。"
    en = "The sentence is too long ({length} characters). Please shorten it to {limit} characters."


class TooLongWord(CoreError):
    ja = "くらべる語が長すぎます({length}文字)。一つの語を{limit}文字までに短くしてください。"
    en = "A word to compare is too long ({length} characters). Please shorten it to {limit} characters."


class TooManyTokens(CoreError):
    ja = "文が長すぎます({length}トークン)。このデモで読めるのは{limit}トークンまでです。短くしてください。"
    en = "The sentence is too long ({length} tokens). This demo reads up to {limit}; please shorten it."


class NoMask(CoreError):
    ja = "文に穴がありません。当てたいところに [MASK] と書いてください。"
    en = "There is no hole in the sentence. Write [MASK] where a word is to be guessed."


class TooManyMasks(CoreError):
    ja = "[MASK] が多すぎます({count}個)。{limit}個までにしてください。"
    en = "There are too many [MASK]s ({count}). Please keep it to {limit}."


class NoCandidates(CoreError):
    ja = "くらべる語がありません。二つ以上の語を入力してください。"
    en = "There are no words to compare. Please give at least two words."


class InvalidCut(CoreError):
    ja = "切る場所({what})がこの文にありません。表の中のますを選んでください。"
    en = "There is no such place to cut in this sentence ({what}). Please choose a cell of the map."


class AllCut(CoreError):
    ja = "一つの語が見る先をすべて切ることはできません。少なくとも一つは残してください。"
    en = "A word cannot lose everything that it looks at. Please leave at least one edge."


class InvalidName(CoreError):
    ja = "「{name}」という名前のモデルはありません。一覧から選ぶか、Hugging Face の「作者/モデル名」の形で書いてください。"
    en = "There is no model called “{name}”. Choose one of the list, or write a Hugging Face id as “author/model”."


class ModelMissing(CoreError):
    ja = "モデル「{name}」が見つかりません。名前のつづりと、公開されているモデルかどうかを確かめてください。"
    en = "The model “{name}” was not found. Please check its spelling and that it is public."


class ModelFileMissing(ModelMissing):
    ja = "モデル「{name}」のファイル {file} がありません。入れ直してから、もう一度開いてください。"
    en = "The file {file} of the model “{name}” is missing. Please install it again and reopen the page."


class ModelDamaged(CoreError):
    ja = "モデル「{name}」のファイル {file} がこわれています。入れ直してから、もう一度開いてください。"
    en = "The file {file} of the model “{name}” is damaged. Please install it again and reopen the page."


class HubFileMissing(ModelFileMissing):
    ja = "Hugging Face の「{name}」には、要るファイル {file} がありません。別のモデルを選んでください。"
    en = "“{name}” on Hugging Face lacks the file {file}, which is needed. Please choose another model."


class HubDamaged(ModelDamaged):
    ja = "「{name}」から取りこんだ {file} がこわれています。もう一度取りこむか、別のモデルを選んでください。"
    en = "The file {file} that was fetched from “{name}” is damaged. Please fetch it again or choose another model."


class NoModelFolder(ModelFileMissing):
    ja = "フォルダー「{name}」に {file} がないので、モデルとして開けません。場所を確かめるか、内蔵のモデルを選んでください。"
    en = "The folder “{name}” has no {file}, so it is no model. Please check the path or choose an embedded model."


class OtherChecksum(ModelDamaged):
    ja = (
        "フォルダー「{name}」の {file} が、card.json にあるチェックサムと合いません。"
        "入れ直すか、自分で変えたのなら card.json を消してください。"
    )
    en = (
        "In the folder “{name}”, {file} does not have the checksum that its card.json states. "
        "Please copy it again or, if you changed it yourself, delete card.json."
    )


class Offline(CoreError):
    ja = "インターネットにつながらないため「{name}」を取得できません。内蔵のモデルを選ぶか、つながる場所でもう一度試してください。"
    en = "“{name}” cannot be fetched without internet. Choose an embedded model, or try again when connected."


class CannotStore(CoreError):
    ja = "「{name}」を保存できません。{folder} に空きがあるか、書き込めるかを確かめてください。"
    en = "“{name}” cannot be stored. Please check that {folder} has space left and can be written to."


class NoSafetensors(CoreError):
    ja = "「{name}」には安全な形式(safetensors)の重みがないので開けません。別のモデルを選んでください。"
    en = "“{name}” has no weights in the safe format (safetensors) and is not opened. Please choose another model."


class UnsupportedModel(CoreError):
    ja = "「{name}」はこの教材では使えない種類のモデルです({kind})。別のモデルを選んでください。"
    en = "“{name}” is of a kind that these lessons cannot use ({kind}). Please choose another model."


class TooLargeForMemory(CoreError):
    ja = "「{name}」には約{needed}のメモリが要りますが、空きは{free}です。小さいモデルを選んでください。"
    en = "“{name}” needs about {needed} of memory and {free} is free. Please choose a smaller model."


class WrongTask(CoreError):
    ja = "モデル「{name}」にはこの使い方({task})ができません。別のモデルを選んでください。"
    en = "The model “{name}” cannot do this ({task}). Please choose another model."


class NoAttention(CoreError):
    ja = "モデル「{name}」からは Attention を取り出せません。別のモデルを選んでください。"
    en = "The model “{name}” does not give its attention. Please choose another model."


class Busy(CoreError):
    ja = "いま計算が混み合っています(待ち {waiting} 件)。少し待って、もう一度押してください。"
    en = "The computer is busy ({waiting} waiting). Please wait a moment and try again."


class NoSuchTask(CoreError):
    ja = "「{name}」という課題はありません。{known} のどれかを選んでください。"
    en = "There is no task called “{name}”. Please choose one of {known}."


class TooFewPairs(CoreError):
    ja = "この課題の組({count}組)では例が足りません。例の数を減らすか、組を増やしてください。"
    en = "This task has too few pairs ({count}). Please use fewer examples or add pairs."


class TooManyPairs(CoreError):
    ja = "組が多すぎます({count}組)。{limit}組までにしてください。"
    en = "There are too many pairs ({count}). Please keep it to {limit}."


class DuplicatePairs(CoreError):
    ja = "「{given}」が二度あります。答えが一つに決まるように、片方を消してください。"
    en = "“{given}” is given twice. Please remove one, so that there is one answer."


class UnreadablePair(CoreError):
    ja = "「{line}」の行が読めません。「高い→低い」のように、一行に一組、それぞれ{limit}文字までで書いてください。"
    en = "The line “{line}” cannot be read. Write one pair a line, as in 高い→低い, up to {limit} characters each."


class PromptTooLong(CoreError):
    ja = "プロンプトが長すぎます(例{shots}個と答えの分で{length}トークン。このモデルは{limit}トークンまで)。例を減らしてください。"
    en = (
        "The prompt is too long ({length} tokens with {shots} examples and room for the answer; this model reads {limit}). "
        "Please use fewer examples."
    )


class UnknownLetters(CoreError):
    ja = "このモデルは「{letters}」という文字を知りません。ひらがなやカタカナで書くか、ほかのモデルを選んでください。"
    en = "This model does not know the letters “{letters}”. Please write in kana, or choose another model."


class ExtraNotInstalled(CoreError):
    ja = "追加モデル「{name}」のパッケージが入っていません。この教材のフォルダーで {command} を実行してください。"
    en = (
        "The packages of the extra model “{name}” are not installed. Please run {command} in the folder of this course."
    )


class ExtraNotConverted(CoreError):
    ja = "追加モデル「{name}」は、使う前に一度だけ変換が要ります。この教材のフォルダーで {command} を実行してください。"
    en = "The extra model “{name}” has to be converted once before use. Please run {command} in the folder of this course."


class TermsNotAccepted(CoreError):
    ja = "追加モデル「{name}」を使うには、利用規約に同意してください。規約は {command} で読めます。"
    en = "To use the extra model “{name}” you have to accept its terms. You can read them with {command}."


class ExtraDamaged(ModelDamaged):
    ja = "追加モデル「{name}」のファイル {file} がこわれています。この教材のフォルダーで {command} を実行してください。"
    en = "The file {file} of the extra model “{name}” is damaged. Please run {command} in the folder of this course."


class ConversionStopped(CoreError):
    ja = "「{name}」の変換が途中で止まりました。メモリの空きをふやして、もう一度試してください。"
    en = "The conversion of “{name}” stopped on its way. Please free some memory and try again."


class NoSpace(CoreError):
    ja = "「{name}」の変換には約{needed}の空きが要りますが、{folder} の空きは{free}です。空きをふやして、もう一度試してください。"
    en = "Converting “{name}” needs about {needed} of space and {folder} has {free}. Please make room and try again."


class TooManyRankings(CoreError):
    ja = "順位づけは{limit}回分までです。いらないものを消してから、もう一度試してください。"
    en = "There can be at most {limit} rankings. Please delete some that you do not need and try again."


class UnreadableRankings(CoreError):
    ja = "この順位づけの記録は読めません。この教材で保存したファイルを選んでください。"
    en = "These rankings cannot be read. Please choose a file that was saved in this course."


class Diverged(CoreError):
    ja = "学習の途中で数がこわれたので、直前のよい重みに戻しました。学習率を下げるか、報酬を見直して、もう一度始めてください。"
    en = "The numbers broke during training, so the last good weights are back. Please lower the learning rate or change the reward, and start again."


class NoDemonstrations(CoreError):
    ja = "手本がまだありません。モデルにかける言葉と、その答えを一組以上書いてください。"
    en = "There is no demonstration yet. Please write what the model is told and the answer, at least once."


class HalfDemonstration(CoreError):
    ja = "手本 {number} は、言葉か答えのどちらかが空です。両方を書くか、両方を消してください。"
    en = "Demonstration {number} has only one of its two parts. Please write both, or delete both."


class TooLongDemonstration(CoreError):
    ja = "手本 {number} が長すぎます({length}トークン)。{limit}トークンまでに短くしてください。"
    en = "Demonstration {number} is too long ({length} tokens). Please shorten it to {limit} tokens."


class TooManyDemonstrations(CoreError):
    ja = "手本は{limit}組までです。ふやすかわりに、どれかを書きかえてください。"
    en = "There can be {limit} demonstrations at most. Please rewrite one instead of adding more."


class NoSuchRoom(CoreError):
    ja = "そのコードの部屋はありません。先生の画面のコードをもう一度たしかめてください。"
    en = "There is no room with this code. Please check the code on the teacher's screen."


class WrongKey(CoreError):
    ja = "先生の鍵が違います。部屋を開いたときに表示された鍵をもう一度たしかめてください。"
    en = "This is not the teacher's key. Please check the key that was shown when the room was opened."


class TooManyGuesses(CoreError):
    ja = "まちがいが続いたので、少し待つ必要があります。あと{seconds}秒たってから、もう一度試してください。"
    en = "There were too many wrong tries. Please wait {seconds} seconds and try again."


class BadNickname(CoreError):
    ja = "このニックネームは使えません。目に見える文字で、1文字以上{limit}文字以内にしてください。"
    en = "This nickname cannot be used. Please choose one of 1 to {limit} visible characters."


class RoomFull(CoreError):
    ja = "この部屋はいっぱいです。一つの部屋に入れるのは{limit}人までなので、先生に知らせてください。"
    en = "This room is full. A room takes up to {limit} people; please tell your teacher."


class UnknownBrowser(CoreError):
    ja = "このブラウザーを見分けられませんでした。ページを再読み込みして、もう一度入ってください。"
    en = "This browser could not be recognised. Please reload the page and join again."


class NotInRoom(CoreError):
    ja = "もうこの部屋を出ています。答えるには、もう一度部屋に入ってください。"
    en = "You have left this room. Please join it again to answer."


class TooManyRooms(CoreError):
    ja = "開いている部屋が多すぎます。部屋は{limit}個までなので、使い終わった部屋を消してください。"
    en = "Too many rooms are open. There can be {limit}; please delete one that is no longer used."


class TooManyActivities(CoreError):
    ja = "この部屋の質問が多すぎます。質問は{limit}個までなので、新しい部屋を開いてください。"
    en = "This room has too many questions. There can be {limit}; please open a new room."


class TooManyOptions(CoreError):
    ja = "選択肢が多すぎます。{limit}個までにしてください。"
    en = "There are too many options. Please keep them to {limit}."


class TooManyItems(CoreError):
    ja = "順位をつけるものが多すぎます。{limit}個までにしてください。"
    en = "There are too many things to rank. Please keep them to {limit}."


class TooMuchForRoom(CoreError):
    ja = "内容が長すぎて、部屋に保存できません。全部で{limit}文字より短くしてください。"
    en = "This is too long to be kept in the room. Please make it shorter than {limit} characters in all."


class NoSuchActivity(CoreError):
    ja = "その質問はこの部屋にありません。ページを再読み込みして、いまの質問をたしかめてください。"
    en = "This question is not in this room. Please reload the page to see the present one."


class VotingClosed(CoreError):
    ja = "この質問はもう締め切られました。次の質問を待ってください。"
    en = "This question takes no more answers. Please wait for the next one."


class UnusableAnswer(CoreError):
    ja = "この答えは受け付けられません。選べるものから選ぶか、{limit}文字以内で書いてください。"
    en = "This answer cannot be accepted. Please choose one that is offered, or write up to {limit} characters."


class DatabaseAway(CoreError):
    ja = "クラスのデータベース {place} につながりません。受け付け済みの答えは残っています。つながれば自動で続きから始まるので、少し待ってください。"
    en = "The class database {place} cannot be reached. Accepted answers are kept; please wait, it goes on by itself when it is back."


class DatabaseBusy(DatabaseAway):
    ja = "クラスのデータベースがこみ合っています。少し待ってから、もう一度試してください。"
    en = "The class database is busy. Please wait a moment and try again."


class DatabaseFolderGone(DatabaseAway):
    ja = "クラスのデータベース {place} を開けません。フォルダーがあるか、読み書きが許されているかをたしかめてください。"
    en = "The class database {place} cannot be opened. Please check that its folder exists and may be read and written."


class DatabaseFileGone(DatabaseAway):
    ja = "クラスのデータベースのファイル {place} がなくなりました。元の場所にもどすと、自動で続きから始まります。空のものから始めるときは、アプリを起動し直してください。"
    en = "The file of the class database {place} is gone. Put it back, and it goes on by itself; to begin with an empty one, start the app again."


class DatabaseReadOnly(DatabaseAway):
    ja = "クラスのデータベース {place} に書き込めません。書き込みを許すか、KOTORI_DATABASE で別の場所を指定してください。"
    en = "The class database {place} cannot be written to. Please allow writing, or set KOTORI_DATABASE to another place."


class DatabaseFull(DatabaseAway):
    ja = "クラスのデータベース {place} のディスクがいっぱいです。空きをふやしてから、もう一度試してください。"
    en = "The disk of the class database {place} is full. Please make room and try again."


class DatabaseDamaged(DatabaseAway):
    ja = "クラスのデータベース {place} がこわれています。ファイルを別の場所に移すと、新しいものが作られます。"
    en = "The class database {place} is damaged. Move the file away and a new one will be made."


class DatabaseNewer(DatabaseAway):
    ja = "クラスのデータベースは、この教材より新しい版で作られています。教材を新しくするか、KOTORI_DATABASE で別の場所を指定してください。"
    en = "The class database was made by a newer version of this course. Please update the course, or set KOTORI_DATABASE to another place."


class DriverMissing(DatabaseAway):
    ja = "PostgreSQL を使うための部品が入っていません。{command} を実行してください。"
    en = "What PostgreSQL needs is not installed. Please run {command}."


class WrongSetting(CoreError):
    ja = "設定 {name} の値が使えません。README にある書き方をたしかめて、もう一度起動してください。"
    en = "The value of the setting {name} cannot be used. Please see README for its form and start again."
